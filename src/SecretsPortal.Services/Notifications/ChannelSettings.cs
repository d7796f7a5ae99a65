using System.Net.Mail;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Notifications;

/// <summary>How mail goes to its server.</summary>
public enum MailSecurity
{
    /// <summary>In the clear at first and by TLS from STARTTLS on; a server that has none is refused.</summary>
    StartTls,

    /// <summary>By TLS from the first byte.</summary>
    Tls,

    /// <summary>In the clear: for a relay on the same machine.</summary>
    None,
}

/// <summary>Where a webhook's messages go.</summary>
/// <param name="Url">https, or http to an address that an administrator has allowed.</param>
public sealed record WebhookAddress(string Url);

/// <summary>Whom mail goes to, and by which server.</summary>
public sealed record EmailSettings
{
    /// <summary>The server's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Its port, 1–65535.</summary>
    public required int Port { get; init; }

    /// <summary>How it is spoken to.</summary>
    public MailSecurity Security { get; init; }

    /// <summary>The user; null where the server asks for none.</summary>
    public string? Username { get; init; }

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>1–20 addresses.</summary>
    public required IReadOnlyList<string> To { get; init; }
}

/// <summary>A channel to be made, or what it shall be.</summary>
public sealed record ChannelRequest
{
    /// <summary>What it is told; null for everything.</summary>
    public IReadOnlyList<RotationEvent>? Events { get; init; }

    /// <summary>True where nothing is left for it.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>A webhook, or null.</summary>
    public WebhookAddress? Webhook { get; init; }

    /// <summary>Mail, or null.</summary>
    public EmailSettings? Email { get; init; }

    /// <summary>The mail server's password; null keeps the one there is.</summary>
    public SecretText? Password { get; init; }

    /// <summary>The channel as its editor saw it: <see cref="PortalError.PreconditionNotMet"/> where its settings have changed since. Null to overwrite.</summary>
    public ChannelDetail? Seen { get; init; }
}

/// <summary>What channels may look like.</summary>
internal static class ChannelRules
{
    private const int LongestUrl = 2048;
    private const int MostRecipients = 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Refuses what is no good; InvalidParameter names the field.</summary>
    public static NotificationChannelKind Check(ChannelRequest request)
    {
        if (request.Webhook is null == (request.Email is null))
            throw Wrong("webhook: give either webhook or email, and one of them alone.");
        if (request.Events is { Count: 0 })
            throw Wrong("events: name at least one, or leave it out for all.");
        if (request.Webhook is { } webhook)
        {
            if (request.Password is not null)
                throw Wrong("password: a webhook has none; its requests are signed.");
            if (webhook.Url.Length > LongestUrl || !Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http")
                || url is not { UserInfo: "", Fragment: "" } || url.Host.Length == 0)
                throw Wrong($"webhook.url must be an address of https with at most {LongestUrl} characters, without user and fragment.");
            return NotificationChannelKind.Webhook;
        }

        var mail = request.Email!;
        if (Uri.CheckHostName(mail.Host) == UriHostNameType.Unknown || mail.Host.Length > 255)
            throw Wrong("email.host must be a host's name or address, without port or scheme.");
        if (mail.Port is < 1 or > 65_535)
            throw Wrong("email.port must be 1 to 65535.");
        if (!IsAddress(mail.From))
            throw Wrong("email.from must be a mail address.");
        if (mail.To.Count is 0 or > MostRecipients || !mail.To.All(IsAddress))
            throw Wrong($"email.to must be 1 to {MostRecipients} mail addresses.");
        if (mail.Username is { } user && (user.Length is 0 or > 256 || user.Any(char.IsControl)))
            throw Wrong("email.username must have 1 to 256 characters and no control characters.");
        if (mail is { Username: not null, Security: MailSecurity.None })
            throw Wrong("email.security can't be None with a username: its password would go in the clear. Use StartTls or Tls.");
        if (mail.Username is null && request.Password is not null)
            throw Wrong("password is given without email.username; give both or neither.");
        return NotificationChannelKind.Email;
    }

    /// <summary>What is stored and may be read.</summary>
    public static string Write(ChannelRequest request) =>
        request.Webhook is { } webhook ? JsonSerializer.Serialize(webhook, s_json) : JsonSerializer.Serialize(request.Email, s_json);

    /// <summary>What was stored.</summary>
    public static T Read<T>(string settings) => JsonSerializer.Deserialize<T>(settings, s_json)
        ?? throw new InvalidOperationException("A channel has no settings.");

    private static bool IsAddress(string text) =>
        text.Length <= 254 && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) && MailAddress.TryCreate(text, out var address) && address.Address == text;

    private static PortalException Wrong(string message) => new(PortalError.InvalidParameter, message);
}
