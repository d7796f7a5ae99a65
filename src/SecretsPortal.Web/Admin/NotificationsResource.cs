using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/notifications</c>: the channels over which the portal tells of trouble with rotations.</summary>
internal static class NotificationsResource
{
    private const string Example = """{ "events": ["Failed", "Overdue", "OutOfSync", "Recovered"], "webhook": { "url": "https://hooks.example.com/rotation" } }""";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/notifications", PortalActions.ListNotificationChannels, "List the channels of notifications", List);
        api.Map("POST", "/notifications", PortalActions.CreateNotificationChannel, "Add a channel: a webhook, whose key this answer has alone, or mail", Create)
            .Takes<NewChannelBody>("""{ "name": "on-call", "events": ["Failed", "Overdue"], "webhook": { "url": "https://hooks.example.com/rotation" } }""");
        api.Map("GET", "/notifications/{name}", PortalActions.GetNotificationChannel, "See a channel, what waits for it and why it can't be reached", Get);
        api.Map("PUT", "/notifications/{name}", PortalActions.UpdateNotificationChannel, "Replace a channel's settings; what waits is tried at once", Update)
            .Takes<ChannelBody>(Example);
        api.Map("DELETE", "/notifications/{name}", PortalActions.DeleteNotificationChannel, "Remove a channel, and what waits for it", Delete);
        api.Map("POST", "/notifications/{name}/test", PortalActions.TestNotificationChannel, "Send a trial over a channel now", Test);
    }

    private static async Task<ChannelList> List(HttpContext http, NotificationChannels channels) => new(await channels.List(http.Call(), http.RequestAborted));

    private static async Task<Created<ChannelDetail>> Create(HttpContext http, NotificationChannels channels)
    {
        var body = http.Body<NewChannelBody>();
        var added = await channels.Create(http.Call(), body.Name, RequestOf(body.Events, body.IsDisabled, body.Webhook, body.Email), http.RequestAborted);
        return TypedResults.Created($"{AdminApi.Root}/notifications/{Uri.EscapeDataString(body.Name)}", added);
    }

    private static Task<ChannelDetail> Get(HttpContext http, NotificationChannels channels, string name) => channels.Get(http.Call(), name, http.RequestAborted);

    private static Task<ChannelDetail> Update(HttpContext http, NotificationChannels channels, string name)
    {
        var body = http.Body<ChannelBody>();
        return channels.Update(http.Call(), name, RequestOf(body.Events, body.IsDisabled, body.Webhook, body.Email), http.RequestAborted);
    }

    private static async Task<NoContent> Delete(HttpContext http, NotificationChannels channels, string name)
    {
        await channels.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> Test(HttpContext http, NotificationSender sender, string name)
    {
        await sender.Test(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static ChannelRequest RequestOf(IReadOnlyList<RotationEvent>? events, bool? isDisabled, ChannelWebhookBody? webhook, ChannelEmailBody? email) => new()
    {
        Events = events is null ? null : [.. events.Distinct()],
        IsDisabled = isDisabled ?? false,
        Webhook = webhook is null ? null : new WebhookAddress(webhook.Url),
        Email = email is null ? null : new EmailSettings
        {
            Host = email.Host, Port = email.Port, Security = email.Security ?? MailSecurity.StartTls, Username = email.Username, From = email.From, To = email.To,
        },
        Password = email?.Password,
    };
}

/// <summary>All channels.</summary>
/// <param name="Channels">By name.</param>
public sealed record ChannelList(IReadOnlyList<ChannelDetail> Channels);

/// <summary>What a channel shall be: a webhook or mail.</summary>
public record ChannelBody
{
    /// <summary>What it is told; absent for everything.</summary>
    public IReadOnlyList<RotationEvent>? Events { get; init; }

    /// <summary>True where nothing is left for it; absent for false.</summary>
    public bool? IsDisabled { get; init; }

    /// <summary>A webhook, which gets JSON signed as Standard Webhooks says.</summary>
    public ChannelWebhookBody? Webhook { get; init; }

    /// <summary>Mail by SMTP.</summary>
    public ChannelEmailBody? Email { get; init; }
}

/// <summary>A channel to be made.</summary>
public sealed record NewChannelBody : ChannelBody
{
    /// <summary>1–64 ASCII letters, digits and +=,.@_-</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }
}

/// <summary>Where a webhook's messages go.</summary>
public sealed record ChannelWebhookBody
{
    /// <summary>An address of https.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string Url { get; init; }
}

/// <summary>Whom mail goes to, and by which server.</summary>
public sealed record ChannelEmailBody
{
    /// <summary>The server's name or address.</summary>
    [StringLength(255, MinimumLength = 1)]
    public required string Host { get; init; }

    /// <summary>Its port: 587 with StartTls, 465 with Tls, as a rule.</summary>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>How it is spoken to; absent for StartTls.</summary>
    public MailSecurity? Security { get; init; }

    /// <summary>The user; absent where the server asks for none.</summary>
    [StringLength(256, MinimumLength = 1)]
    public string? Username { get; init; }

    /// <summary>The password; in a change absent to keep the one there is.</summary>
    public SecretText? Password { get; init; }

    /// <summary>The sender's address.</summary>
    [StringLength(254, MinimumLength = 1)]
    public required string From { get; init; }

    /// <summary>1–20 addresses.</summary>
    public required IReadOnlyList<string> To { get; init; }
}
