using System.Globalization;
using System.Text.Json.Serialization;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A channel of notifications while it is typed.</summary>
public sealed class ChannelDraft
{
    /// <summary>The name.</summary>
    public string Name { get; set; } = "";

    /// <summary>True for a webhook, false for mail.</summary>
    public bool IsWebhook { get; set; } = true;

    /// <summary>The webhook's address.</summary>
    public string Url { get; set; } = "";

    /// <summary>The mail server.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port; null while none is typed.</summary>
    public int? Port { get; set; } = 587;

    /// <summary>How it is spoken to.</summary>
    public MailSecurity Security { get; set; }

    /// <summary>The user at the mail server.</summary>
    public string Username { get; set; } = "";

    /// <summary>A new password; empty to keep the one there is.</summary>
    [JsonIgnore]
    public string Password { get; set; } = "";

    /// <summary>The sender's address.</summary>
    public string From { get; set; } = "";

    /// <summary>The recipients, with commas between them.</summary>
    public string To { get; set; } = "";

    /// <summary>What it is told.</summary>
    public HashSet<RotationEvent> Events { get; } = [.. Enum.GetValues<RotationEvent>()];

    /// <summary>True where nothing is left for it.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>The draft of a channel that is there; its password is not in it.</summary>
    public static ChannelDraft Of(ChannelDetail channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        var draft = new ChannelDraft { Name = channel.Name, IsWebhook = channel.Webhook is not null, Url = channel.Webhook?.Url ?? "", IsDisabled = channel.IsDisabled };
        draft.Events.IntersectWith(channel.Events);
        if (channel.Email is { } mail)
        {
            (draft.Host, draft.Port, draft.Security) = (mail.Host, mail.Port, mail.Security);
            (draft.Username, draft.From, draft.To) = (mail.Username ?? "", mail.From, string.Join(", ", mail.To));
        }

        return draft;
    }

    /// <summary>What is set otherwise here than in what a form was begun from.</summary>
    public IReadOnlyList<StoredChange> ChangesSince(ChannelDraft seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return SecondEditor.Changes(
            (NotificationsText.Url, seen.Url, Url), (NotificationsText.Host, seen.Host, Host), (NotificationsText.Port, Number(seen.Port), Number(Port)),
            (NotificationsText.Security, NameOf(seen.Security), NameOf(Security)), (NotificationsText.User, seen.Username, Username), (NotificationsText.From, seen.From, From),
            (NotificationsText.To, seen.To, To), (NotificationsText.EventsLabel, Told(seen), Told(this)),
            (NotificationsText.IsDisabled, YesNo(seen.IsDisabled), YesNo(IsDisabled)));
    }

    /// <summary>What was typed upon <paramref name="seen"/>, upon <paramref name="theirs"/>: what was not touched is theirs.</summary>
    public ChannelDraft MergedWith(ChannelDraft seen, ChannelDraft theirs)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(theirs);
        var merged = new ChannelDraft
        {
            Name = Name,
            IsWebhook = IsWebhook,
            Url = SecondEditor.Merged(seen.Url, Url, theirs.Url),
            Host = SecondEditor.Merged(seen.Host, Host, theirs.Host),
            Port = SecondEditor.Merged(seen.Port, Port, theirs.Port),
            Security = SecondEditor.Merged(seen.Security, Security, theirs.Security),
            Username = SecondEditor.Merged(seen.Username, Username, theirs.Username),
            Password = Password,
            From = SecondEditor.Merged(seen.From, From, theirs.From),
            To = SecondEditor.Merged(seen.To, To, theirs.To),
            IsDisabled = SecondEditor.Merged(seen.IsDisabled, IsDisabled, theirs.IsDisabled),
        };
        merged.Events.IntersectWith(Events.SetEquals(seen.Events) ? theirs.Events : Events);
        return merged;
    }

    /// <summary>The portal's words for how a mail server is spoken to.</summary>
    public static string NameOf(MailSecurity security) => security switch
    {
        MailSecurity.StartTls => NotificationsText.StartTls,
        MailSecurity.Tls => NotificationsText.Tls,
        _ => NotificationsText.NoTls,
    };

    private static string? Number(int? port) => port?.ToString(CultureInfo.InvariantCulture);

    private static string Told(ChannelDraft draft) => string.Join(", ", draft.Events.Order().Select(ChannelWords.Of));

    private static string YesNo(bool isSo) => isSo ? NotificationsText.Yes : NotificationsText.No;

    /// <summary>What is asked for.</summary>
    public ChannelRequest ToRequest() => new()
    {
        Events = [.. Events.Order()],
        IsDisabled = IsDisabled,
        Webhook = IsWebhook ? new WebhookAddress(Url.Trim()) : null,
        Email = IsWebhook ? null : new EmailSettings
        {
            Host = Host.Trim(),
            Port = Port ?? 0,
            Security = Security,
            Username = Username.Trim() is { Length: > 0 } user ? user : null,
            From = From.Trim(),
            To = To.Split([',', ';', ' ', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        },
        Password = IsWebhook || Password.Length == 0 ? null : new SecretText(Password),
    };
}
