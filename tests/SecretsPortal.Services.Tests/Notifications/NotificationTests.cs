using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Tests.Rotation;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Notifications;

/// <summary>Notifications, received by a webhook and a mail server of the tests' own; the trouble is that of a real PostgreSQL role.</summary>
public sealed class NotificationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_rotation_that_is_given_up_and_its_recovery_are_told_once_each_and_signed()
    {
        await using var receiver = new WebhookReceiver();
        var role = await postgres.Role();
        await using var portal = await Portal();
        var key = (await portal.Get<NotificationChannels>().Create(portal.Admin, "hook", new ChannelRequest { Webhook = new WebhookAddress(receiver.Url) }, default)).SigningKey!.Value;
        await portal.Create("db", role.Json("canary-wrong"));

        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(30 days)", null, null) });
        await portal.ExecuteUntilEnded("db");
        await Tick(portal);
        await Tick(portal);
        var post = Assert.Single(receiver.Posts);
        Assert.Equal("rotation.failed", TypeOf(post));
        AssertSigned(post, key, portal.Clock.GetUtcNow());
        var data = JsonDocument.Parse(post.Body).RootElement.GetProperty("data");
        Assert.Equal(("db", (await portal.Secret("db")).Arn.ToString()), (data.GetProperty("secretName").GetString(), data.GetProperty("secretArn").GetString()));
        Assert.DoesNotMatch($"canary|{role.Name}|127\\.0\\.0\\.1", Encoding.UTF8.GetString(post.Body));

        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'canary-wrong'");
        await portal.Rotate("db", 3);
        await portal.ExecuteUntilEnded("db");
        await Tick(portal);
        Assert.Equal(["rotation.failed", "rotation.recovered"], receiver.Posts.Select(TypeOf));
        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM notification"));
    }

    [Fact]
    public async Task Overdue_and_out_of_sync_are_told_to_those_who_want_to_hear_of_them()
    {
        await using var receiver = new WebhookReceiver();
        await using var smtp = new SmtpServer();
        var role = await postgres.Role();
        await using var portal = await Portal();
        await portal.Get<NotificationChannels>().Create(
            portal.Admin, "hook", new ChannelRequest { Events = [RotationEvent.Overdue], Webhook = new WebhookAddress(receiver.Url) }, default);
        await portal.Get<NotificationChannels>().Create(portal.Admin, "mail", Mail(smtp) with { Events = [RotationEvent.OutOfSync, RotationEvent.Recovered] }, default);
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(30 days)", null, null) });
        await portal.ExecuteQueue();

        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'changed'");
        await portal.Get<RotationHeartbeat>().Tick(default);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.Get<RotationHeartbeat>().Tick(default);
        await Tick(portal);
        await portal.Put("db", role.Json("changed"), TestPortal.Token(9));
        await portal.Get<RotationOverview>().Pause(portal.Admin, null, default);
        portal.Clock.Advance(TimeSpan.FromDays(40));
        await portal.Get<RotationDispatcher>().Tick(default);
        await Tick(portal);

        Assert.Equal("rotation.overdue", TypeOf(Assert.Single(receiver.Posts)));
        var mails = smtp.Mails.ToList();
        Assert.Equal(2, mails.Count);
        Assert.Contains("Subject: [Secrets Portal] Out of sync: db", mails[0].Text, StringComparison.Ordinal);
        Assert.Contains("Subject: [Secrets Portal] Recovered: db", mails[1].Text, StringComparison.Ordinal);
        Assert.Equal(("portal@example.com", "ada@example.com", "grace@example.com"), (mails[0].From, mails[0].To[0], mails[0].To[1]));
        Assert.DoesNotContain("changed", mails[0].Text, StringComparison.Ordinal);
    }

    /// <summary>Nobody asked for a schedule here, so that nothing would ever be overdue.</summary>
    [Fact]
    public async Task A_rotation_whose_target_does_not_say_which_value_it_has_is_told_once_and_that_it_is_over()
    {
        await using var receiver = new WebhookReceiver();
        var role = await postgres.Role();
        await using var portal = await Portal();
        await portal.Get<NotificationChannels>().Create(portal.Admin, "hook", new ChannelRequest { Webhook = new WebhookAddress(receiver.Url) }, default);
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(RotationStep.SetSecret);
        await role.LetNobodyIn();

        for (var attempt = 0; attempt < 4; attempt++)
        {
            portal.Clock.Advance(TimeSpan.FromMinutes(20));
            await portal.Get<RotationDispatcher>().Tick(default);
            await portal.ExecuteQueue();
        }

        await Tick(portal);
        Assert.Equal("rotation.stalled", TypeOf(Assert.Single(receiver.Posts)));
        await role.LetIn();
        portal.Clock.Advance(TimeSpan.FromMinutes(20));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
        await Tick(portal);

        Assert.Equal(["rotation.stalled", "rotation.recovered"], receiver.Posts.Select(TypeOf));
    }

    [Fact]
    public async Task A_dead_channel_delays_no_other_and_loses_nothing()
    {
        await using var receiver = new WebhookReceiver();
        await using var broken = new WebhookReceiver { Status = 503 };
        await using var portal = await Portal();
        var channels = portal.Get<NotificationChannels>();
        await channels.Create(portal.Admin, "broken", new ChannelRequest { Webhook = new WebhookAddress(broken.Url) }, default);
        await channels.Create(portal.Admin, "nobody", new ChannelRequest { Webhook = new WebhookAddress($"http://127.0.0.1:{FreePort.Next()}/") }, default);
        await channels.Create(portal.Admin, "works", new ChannelRequest { Webhook = new WebhookAddress(receiver.Url) }, default);
        for (var i = 0; i < 3; i++)
            await Leave(portal, $"secret-{i}");

        await Tick(portal);
        Assert.Equal(3, receiver.Posts.Count);
        Assert.Single(broken.Posts);
        var dead = await channels.Get(portal.Admin, "broken", default);
        Assert.Equal((3L, $"{new Uri(broken.Url).Authority} answered with HTTP 503. Its own log may say why; let it answer with 2xx."), (dead.Pending, dead.Failure));
        Assert.Equal(portal.Clock.GetUtcNow().AddSeconds(10), dead.NextAttemptAt);
        await Tick(portal);
        Assert.Single(broken.Posts);

        // Pauses grow to an hour.
        foreach (var pause in new[] { 10, 60, 300, 900, 3600, 3600 })
        {
            portal.Clock.Advance(TimeSpan.FromSeconds(pause));
            await Tick(portal);
        }

        Assert.Equal(7, broken.Posts.Count);
        Assert.Single(broken.Posts.Select(p => p.Headers["webhook-id"]).Distinct());
        broken.Status = 200;
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await Tick(portal);
        Assert.Equal(["secret-0", "secret-1", "secret-2"], broken.Posts.Skip(7).Select(p => JsonDocument.Parse(p.Body).RootElement.GetProperty("data").GetProperty("secretName").GetString()));
        Assert.Equal((0L, null), ((await channels.Get(portal.Admin, "broken", default)).Pending, (await channels.Get(portal.Admin, "broken", default)).Failure));
        Assert.Equal(3, (await channels.Get(portal.Admin, "nobody", default)).Pending);
    }

    [Fact]
    public async Task Of_two_nodes_one_sends()
    {
        await using var receiver = new WebhookReceiver();
        await using var portal = await Portal();
        await portal.Get<NotificationChannels>().Create(portal.Admin, "hook", new ChannelRequest { Webhook = new WebhookAddress(receiver.Url) }, default);
        for (var i = 0; i < 20; i++)
            await Leave(portal, $"secret-{i}");
        await using var node = await portal.StartNode();

        await Task.WhenAll(Tick(portal), Tick(node));

        Assert.Equal(20, receiver.Posts.Count);
    }

    [Fact]
    public async Task Mail_is_sent_with_a_password_and_never_in_the_clear_where_TLS_is_asked_for()
    {
        await using var smtp = new SmtpServer();
        await using var portal = await Portal();
        var channels = portal.Get<NotificationChannels>();
        await channels.Create(portal.Admin, "mail", Mail(smtp), default);
        var sender = portal.Get<NotificationSender>();
        await sender.Test(portal.Admin, "mail", default);
        Assert.Contains("Somebody tries whether messages arrive.", Assert.Single(smtp.Mails).Text, StringComparison.Ordinal);

        var withTls = Mail(smtp) with { Password = new SecretText("canary-password") };
        withTls = withTls with { Email = withTls.Email! with { Security = MailSecurity.StartTls, Username = "portal" } };
        await channels.Update(portal.Admin, "mail", withTls, default);
        await Refused(PortalError.InvalidRequest, $"The mail server 127.0.0.1:{smtp.Port} has no STARTTLS. Use security Tls with its port, or None for a relay on the same machine.",
            () => sender.Test(portal.Admin, "mail", default));
        Assert.Single(smtp.Mails);

        smtp.Refusal = "550 nobody here";
        await channels.Update(portal.Admin, "mail", Mail(smtp), default);
        await Refused(PortalError.InvalidRequest, $"The mail server 127.0.0.1:{smtp.Port} refuses the message (550). Check sender and recipients.", () => sender.Test(portal.Admin, "mail", default));
        Assert.DoesNotContain(await portal.Log(), r => r.Detail?.Contains("canary", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task What_is_wrong_with_a_channel_is_named_and_its_key_and_password_are_not_shown_again()
    {
        await using var portal = await TestPortal.Start();
        var channels = portal.Get<NotificationChannels>();
        var hook = new ChannelRequest { Webhook = new WebhookAddress("https://hooks.example.com/") };
        await using var smtp = new SmtpServer();
        var mail = Mail(smtp);
        foreach (var (request, message) in new (ChannelRequest, string)[]
        {
            (new ChannelRequest(), "webhook: give either webhook or email, and one of them alone."),
            (hook with { Email = mail.Email }, "webhook: give either webhook or email, and one of them alone."),
            (hook with { Webhook = new WebhookAddress("ftp://hooks.example.com/") }, "webhook.url must be an address of https with at most 2048 characters, without user and fragment."),
            (hook with { Events = [] }, "events: name at least one, or leave it out for all."),
            (mail with { Email = mail.Email! with { From = "nobody" } }, "email.from must be a mail address."),
            (mail with { Email = mail.Email! with { To = [] } }, "email.to must be 1 to 20 mail addresses."),
            (mail with { Email = mail.Email! with { Username = "u" } }, "email.security can't be None with a username: its password would go in the clear. Use StartTls or Tls."),
            (mail with { Email = mail.Email! with { Username = "u", Security = MailSecurity.Tls } }, "password is missing beside email.username; give both or neither. After a change of server or user give it anew."),
        })
            await Refused(PortalError.InvalidParameter, message, () => channels.Create(portal.Admin, "channel", request, default));

        var added = await channels.Create(portal.Admin, "channel", hook, default);
        Assert.StartsWith("whsec_", added.SigningKey!.Value.Reveal(), StringComparison.Ordinal);
        Assert.Null((await channels.Get(portal.Admin, "channel", default)).SigningKey);
        Assert.Equal(0, await portal.Number($"SELECT COUNT(*) FROM notification_channel WHERE instr(sealed, '{added.SigningKey!.Value.Reveal()["whsec_".Length..]}') > 0"));
        await Refused(PortalError.ResourceExists, "A channel of this name is there already. Choose another one.", () => channels.Create(portal.Admin, "channel", hook, default));
        await Refused(PortalError.InvalidParameter, "webhook: a channel keeps its kind. Add another one for the other kind.", () => channels.Update(portal.Admin, "channel", mail, default));
        Assert.True(await channels.Delete(portal.Admin, "channel", default));
        await Refused(PortalError.ResourceNotFound, "There is no channel of this name.", () => channels.Get(portal.Admin, "channel", default));
    }

    [Fact]
    public async Task A_webhook_to_this_machine_is_refused_at_the_connection_unless_an_administrator_allows_it()
    {
        await using var receiver = new WebhookReceiver();
        await using var portal = await TestPortal.Start();
        await portal.Get<NotificationChannels>().Create(portal.Admin, "hook", new ChannelRequest { Webhook = new WebhookAddress(receiver.Url) }, default);

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<NotificationSender>().Test(portal.Admin, "hook", default));

        Assert.Contains("127.0.0.1 leads to 127.0.0.1, which is of this machine itself.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(receiver.Posts);
    }

    private static ChannelRequest Mail(SmtpServer smtp) => new()
    {
        Email = new EmailSettings
        {
            Host = "127.0.0.1", Port = smtp.Port, Security = MailSecurity.None, From = "portal@example.com", To = ["ada@example.com", "grace@example.com"],
        },
    };

    /// <summary>Whose webhooks may go to the loopback.</summary>
    private static Task<TestPortal> Portal() => TestPortal.StartOwned(
        options => options with { Functions = new FunctionOptions { AllowedAddresses = [AllowedAddress.TryParse("127.0.0.1")!] } });

    private static Task Tick(TestPortal portal) => portal.Get<NotificationSender>().Tick(default);

    /// <summary>Trouble of a secret, as its transaction would leave it for each channel.</summary>
    private static Task Leave(TestPortal portal, string name) => portal.ExecuteUnseen($"""
        INSERT INTO notification (id, channel_id, event, secret_arn, secret_name, region, detail, occurred_at)
        SELECT '{name}', id, 'Failed', 'arn:of:{name}', '{name}', 'us-east-1', 'given up', 0 FROM notification_channel
        """);

    private static string TypeOf(ReceivedPost post) => JsonDocument.Parse(post.Body).RootElement.GetProperty("type").GetString()!;

    // As the specification of Standard Webhooks has it, not as the portal computes it.
    private static void AssertSigned(ReceivedPost post, SecretText key, DateTimeOffset now)
    {
        var content = $"{post.Headers["webhook-id"]}.{post.Headers["webhook-timestamp"]}.{Encoding.UTF8.GetString(post.Body)}";
        using var hmac = new HMACSHA256(Convert.FromBase64String(key.Reveal().Split('_')[1]));
        Assert.Equal($"v1,{Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(content)))}", post.Headers["webhook-signature"]);
        Assert.InRange(long.Parse(post.Headers["webhook-timestamp"], provider: null), now.ToUnixTimeSeconds() - 600, now.ToUnixTimeSeconds());
    }
}
