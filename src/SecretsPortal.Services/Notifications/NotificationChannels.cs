using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Notifications;

/// <summary>A channel as it is shown; never with its password or key.</summary>
public sealed record ChannelDetail
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>What it is told.</summary>
    public required IReadOnlyList<RotationEvent> Events { get; init; }

    /// <summary>True where nothing is left for it.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>Where to, for a webhook.</summary>
    public WebhookAddress? Webhook { get; init; }

    /// <summary>Whom to, for mail.</summary>
    public EmailSettings? Email { get; init; }

    /// <summary>The key that signs a webhook's messages; only in the answer that made it.</summary>
    public SecretText? SigningKey { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When something was sent over it last; absent where nothing was.</summary>
    public DateTimeOffset? LastSentAt { get; init; }

    /// <summary>How many notices wait.</summary>
    public required long Pending { get; init; }

    /// <summary>Why it could not be reached last; absent where it could, or was not tried.</summary>
    public string? Failure { get; init; }

    /// <summary>When it is tried again, while it can't be reached.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }
}

/// <summary>The channels over which the portal tells of trouble with rotations.</summary>
public sealed class NotificationChannels
{
    private const int KeySize = 32;
    private const int LongestSealed = 3000;

    private readonly NotificationStore _store;
    private readonly PortalTokens _tokens;
    private readonly FillRandom _random;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal NotificationChannels(
        NotificationStore store, PortalTokens tokens, FillRandom random, Authorizer authorizer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _store = store;
        _tokens = tokens;
        _random = random;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>All channels by name (action <c>secretsportal:ListNotificationChannels</c>).</summary>
    public Task<IReadOnlyList<ChannelDetail>> List(CallContext call, CancellationToken cancel) =>
        _recorder.Recording<IReadOnlyList<ChannelDetail>>(call, PortalActions.ListNotificationChannels, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            return [.. (await _store.List(cancel)).Select(channel => Detail(channel))];
        }, cancel);

    /// <summary>One channel (action <c>secretsportal:GetNotificationChannel</c>).</summary>
    public Task<ChannelDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetNotificationChannel, name, async _ => Detail(await Find(name, cancel)), cancel);

    /// <summary>
    /// Adds a channel (action <c>secretsportal:CreateNotificationChannel</c>). A webhook's answer has the key that its messages are signed by, and
    /// no later answer has it.
    /// </summary>
    public Task<ChannelDetail> Create(CallContext call, string name, ChannelRequest request, CancellationToken cancel) =>
        On(call, PortalActions.CreateNotificationChannel, name, async op =>
        {
            var kind = ChannelRules.Check(request);
            var now = _clock.Now();
            var id = Guid.CreateVersion7(now).ToString("N");
            SecretText? key = kind == NotificationChannelKind.Webhook ? NewKey() : null;
            CheckPassword(request, hasOne: false);
            var channel = new StoredChannel
            {
                Id = id,
                Name = name,
                Kind = kind,
                Events = request.Events ?? Enum.GetValues<RotationEvent>(),
                IsDisabled = request.IsDisabled,
                Settings = ChannelRules.Write(request),
                Sealed = await Seal(id, key ?? request.Password, cancel),
                CreatedAt = now,
                UpdatedAt = now,
            };
            op.Detail = kind.ToString();
            if (!await _store.Add(channel, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists, "A channel of this name is there already. Choose another one.");
            op.IsRecorded = true;
            return Detail(channel) with { SigningKey = key };
        }, cancel);

    /// <summary>
    /// Replaces a channel's settings (action <c>secretsportal:UpdateNotificationChannel</c>); what waits for it is tried at once. A webhook keeps its
    /// key, and mail its password where none is given; a channel keeps its kind.
    /// </summary>
    public Task<ChannelDetail> Update(CallContext call, string name, ChannelRequest request, CancellationToken cancel) =>
        On(call, PortalActions.UpdateNotificationChannel, name, async op =>
        {
            var kind = ChannelRules.Check(request);
            var before = await Find(name, cancel);
            if (request.Seen is { } seen && seen.UpdatedAt != before.UpdatedAt)
                throw Changed();
            if (before.Kind != kind)
                throw new PortalException(PortalError.InvalidParameter, "webhook: a channel keeps its kind. Add another one for the other kind.");
            // A password goes to the server that it was given for and to no other.
            var moved = kind == NotificationChannelKind.Email && ChannelRules.Read<EmailSettings>(before.Settings) is var was
                && (was.Host, was.Port, was.Username) != (request.Email!.Host, request.Email.Port, request.Email.Username);
            CheckPassword(request, hasOne: before.Sealed is not null && !moved);
            var after = before with
            {
                Events = request.Events ?? Enum.GetValues<RotationEvent>(),
                IsDisabled = request.IsDisabled,
                Settings = ChannelRules.Write(request),
                Sealed = kind == NotificationChannelKind.Webhook ? before.Sealed
                    : request.Email!.Username is null ? null
                    : request.Password is { } password ? await Seal(before.Id, password, cancel)
                    : before.Sealed,
                UpdatedAt = _clock.After(before.UpdatedAt),
            };
            if (!await _store.Update(after, before.UpdatedAt, _recorder.Success(op), cancel))
                throw await _store.Find(name, cancel) is null ? Missing() : Changed();
            op.IsRecorded = true;
            return Detail(await Find(name, cancel));
        }, cancel);

    /// <summary>Removes a channel, and what waits for it (action <c>secretsportal:DeleteNotificationChannel</c>).</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeleteNotificationChannel, name, async op =>
        {
            var channel = await Find(name, cancel);
            op.Detail = $"{channel.Pending} notices waited";
            return op.IsRecorded = await _store.Delete(channel.Id, _recorder.Success(op), cancel) ? true : throw Missing();
        }, cancel);

    /// <summary>A channel of this name, with its ARN as the resource, allowed for the action.</summary>
    internal async Task<StoredChannel> Allowed(RecordedCall op, string name, CancellationToken cancel)
    {
        op.Resource = ArnOf(name);
        await _authorizer.Require(op, op.Resource, secret: null, cancel);
        return await Find(name, cancel);
    }

    /// <summary>The password or key of a channel; null where it has none.</summary>
    internal async Task<SecretText?> Open(StoredChannel channel, CancellationToken cancel)
    {
        if (channel.Sealed is null)
            return null;
        var bytes = await _tokens.Open(PortalKeys.NotificationChannel, channel.Sealed, LongestSealed, Encoding.UTF8.GetBytes(channel.Id), cancel)
            ?? throw new PortalException(PortalError.DecryptionFailure, "What is sealed of the channel can't be opened. Give it anew.");
        return new SecretText(Encoding.UTF8.GetString(bytes));
    }

    private static void CheckPassword(ChannelRequest request, bool hasOne)
    {
        if (request.Email?.Username is not null && request.Password is null && !hasOne)
            throw new PortalException(PortalError.InvalidParameter, "password is missing beside email.username; give both or neither. After a change of server or user give it anew.");
    }

    private SecretText NewKey()
    {
        var key = new byte[KeySize];
        _random(key);
        return new SecretText($"{WebhookSender.KeyPrefix}{Convert.ToBase64String(key)}");
    }

    private async Task<string?> Seal(string id, SecretText? secret, CancellationToken cancel)
    {
        if (secret is not { } text)
            return null;
        var bytes = Encoding.UTF8.GetBytes(text.Reveal());
        try
        {
            return await _tokens.Seal(PortalKeys.NotificationChannel, bytes, Encoding.UTF8.GetBytes(id), cancel);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _recorder.Recording(call, action, name, async op =>
        {
            op.Resource = ArnOf(name);
            await _authorizer.Require(op, op.Resource, secret: null, cancel);
            Names.Principal("name", name);
            return await body(op);
        }, cancel);

    private async Task<StoredChannel> Find(string name, CancellationToken cancel) => await _store.Find(name, cancel) ?? throw Missing();

    // Channels are the portal's and of no region, so they are all named in the home region.
    private string ArnOf(string name) => $"arn:aws:sns:{_options.Region}:{_options.AccountId}:{name}";

    private ChannelDetail Detail(StoredChannel channel) => new()
    {
        Name = channel.Name,
        Arn = ArnOf(channel.Name),
        Events = channel.Events,
        IsDisabled = channel.IsDisabled,
        Webhook = channel.Kind == NotificationChannelKind.Webhook ? ChannelRules.Read<WebhookAddress>(channel.Settings) : null,
        Email = channel.Kind == NotificationChannelKind.Email ? ChannelRules.Read<EmailSettings>(channel.Settings) : null,
        CreatedAt = channel.CreatedAt,
        UpdatedAt = channel.UpdatedAt,
        LastSentAt = channel.LastSentAt,
        Pending = channel.Pending,
        Failure = channel.Failure,
        NextAttemptAt = channel.Failure is null ? null : channel.DueAt,
    };

    private static PortalException Changed() => new(PortalError.PreconditionNotMet, SecretRules.ChangedMeanwhile);

    private static PortalException Missing() => new(PortalError.ResourceNotFound, "There is no channel of this name.");
}
