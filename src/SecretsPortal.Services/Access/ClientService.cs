using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A new client.</summary>
/// <param name="Name">1–64 ASCII letters, digits and <c>+=,.@_-</c>; it cannot be changed.</param>
/// <param name="Description">At most 2,048 characters.</param>
/// <param name="Tags">At most 50.</param>
public sealed record CreateClientRequest(string Name, string? Description, IReadOnlyList<CallerTag> Tags);

/// <summary>Changes of a client; members that are null leave what is there, an empty text removes it.</summary>
public sealed record UpdateClientRequest
{
    /// <inheritdoc cref="CreateClientRequest"/>
    public string? Description { get; init; }

    /// <summary>All tags that the client shall have.</summary>
    public IReadOnlyList<CallerTag>? Tags { get; init; }

    /// <summary>A disabled client is refused everywhere, at once, whichever of its keys signs.</summary>
    public bool? IsDisabled { get; init; }

    /// <summary>The revision that the change was made upon; null changes whatever is there.</summary>
    public long? Revision { get; init; }
}

/// <summary>A new access key.</summary>
public sealed record CreateAccessKeyRequest
{
    /// <summary>At most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>From then on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The secret half, 40–256 printable ASCII characters, for those who keep it elsewhere already; null to have one made.</summary>
    public SecretText? SecretAccessKey { get; init; }
}

/// <summary>Changes of an access key; members that are null leave what is there, an empty text removes it.</summary>
public sealed record UpdateAccessKeyRequest
{
    /// <summary>At most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>From then on it is refused; <see cref="DateTimeOffset.MaxValue"/> for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A disabled key is refused at once.</summary>
    public bool? IsDisabled { get; init; }
}

/// <summary>Clients and their access keys, of which each has two at most, so that one can take the other's place without a gap.</summary>
public sealed class ClientService
{
    private readonly AccessAdministration _access;
    private readonly CallerStore _callers;
    private readonly ClientStore _clients;
    private readonly AccessKeySealer _sealer;
    private readonly FormerPrincipals _former;
    private readonly AuditRecorder _recorder;

    internal ClientService(
        AccessAdministration access, CallerStore callers, ClientStore clients, AccessKeySealer sealer, FormerPrincipals former, AuditRecorder recorder)
    {
        _access = access;
        _callers = callers;
        _clients = clients;
        _sealer = sealer;
        _former = former;
        _recorder = recorder;
    }

    /// <summary>A page of the clients with their keys, by name.</summary>
    public async Task<ClientPage> List(CallContext call, NameQuery query, CancellationToken cancel)
    {
        var (rows, next) = await _access.List(
            call, PortalActions.ListClients, "clients", query, (prefix, after, limit) => _callers.List(CallerKind.Client, prefix, after, limit, cancel),
            client => client.Name, cancel);
        var keys = await _clients.FindKeys([.. rows.Select(client => client.Id)], cancel);
        return new ClientPage([.. rows.Select(client => ClientSummary.Of(client, ArnOf(client.Name), keys))], next);
    }

    /// <summary>One client.</summary>
    public Task<ClientDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetClient, name, async op => await Detail(await Find(name, cancel), cancel), cancel);

    /// <summary>Adds a client, without an access key.</summary>
    public Task<ClientDetail> Create(CallContext call, CreateClientRequest request, CancellationToken cancel) =>
        On(call, PortalActions.CreateClient, request.Name, async op =>
        {
            var now = _access.Now;
            var client = new StoredCaller
            {
                Id = AccessRules.NewId(now),
                Kind = CallerKind.Client,
                Name = request.Name,
                Description = AccessRules.Description(request.Description),
                CreatedAt = now,
            };
            await _former.RefuseNamed(op.Resource!, cancel);
            if (!await _clients.Add(client, AccessRules.Tags(request.Tags), _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists,
                    "A client of this name, or of one that differs in case alone, is there already. Choose another one.");
            op.IsRecorded = true;
            return await Detail(client, cancel);
        }, cancel);

    /// <summary>Changes a client; <see cref="PortalError.PreconditionNotMet"/> where somebody else did meanwhile.</summary>
    public Task<ClientDetail> Update(CallContext call, string name, UpdateClientRequest request, CancellationToken cancel) =>
        On(call, PortalActions.UpdateClient, name, async op =>
        {
            var client = await Find(name, cancel);
            if (request.IsDisabled == true)
                AccessAdministration.RefuseOnOneself(op, client.Id, "disable");
            var tags = request.Tags is null ? null : AccessRules.Tags(request.Tags);
            var after = await _clients.Change(client.Id, before =>
            {
                AccessRules.Revision(request.Revision, before.Revision);
                var changed = before with
                {
                    Description = request.Description is null ? before.Description : AccessRules.Description(request.Description),
                    IsDisabled = request.IsDisabled ?? before.IsDisabled,
                };
                op.Detail = AccessAdministration.Describe(before, changed, tags);
                return new CallerChange(changed, _recorder.Success(op)) { Tags = tags };
            }, cancel) ?? throw AccessAdministration.Missing(CallerKind.Client);
            op.IsRecorded = true;
            return await Detail(after, cancel);
        }, cancel);

    /// <summary>Deletes a client with its access keys.</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeleteClient, name, async op =>
        {
            var client = await Find(name, cancel);
            AccessAdministration.RefuseOnOneself(op, client.Id, "delete");
            if (!await _clients.Delete(client.Id, _recorder.Success(op), cancel))
                throw AccessAdministration.Missing(CallerKind.Client);
            return op.IsRecorded = true;
        }, cancel);

    /// <summary>
    /// Adds an access key; <see cref="PortalError.LimitExceeded"/> where the client has two, <see cref="PortalError.ProofRequired"/> where a session of the
    /// portal's pages asks whose user has not proved lately who they are. The secret half is returned once where it was made here.
    /// </summary>
    public Task<NewAccessKey> CreateKey(CallContext call, string name, CreateAccessKeyRequest request, CancellationToken cancel) =>
        CreateKey(call, name, request, Add, cancel);

    /// <summary>As the other one, where the key is stored by somebody else, with its record.</summary>
    internal Task<NewAccessKey> CreateKey(
        CallContext call, string name, CreateAccessKeyRequest request, Func<DeliveredKey, CancellationToken, Task> store, CancellationToken cancel) =>
        On(call, PortalActions.CreateAccessKey, name, async op =>
        {
            var client = await Find(name, cancel);
            // With the key everything can be read that the client may read, by a program that no page asks.
            _access.RequireProof(call, "the key is made");
            var secret = request.SecretAccessKey is { } given ? AccessRules.SecretHalf(given) : AccessRules.NewSecretHalf();
            var id = AccessRules.NewKeyId();
            var now = _access.Now;
            var key = new StoredAccessKey
            {
                AccessKeyId = id,
                CallerId = client.Id,
                SealedSecret = await _sealer.Seal(id, secret, cancel),
                Description = AccessRules.Description(request.Description),
                ExpiresAt = AccessRules.Expiry(request.ExpiresAt, now),
                CreatedAt = now,
            };
            op.Detail = key.ExpiresAt is { } end ? $"{id}, until {end:yyyy-MM-dd'T'HH:mm:ss'Z'}" : id;
            await store(new DeliveredKey(key, AccessRules.MostKeys, _recorder.Success(op), Refusal), cancel);
            op.IsRecorded = true;
            return new NewAccessKey(AccessKeySummary.Of(key), request.SecretAccessKey is null ? secret : null);
        }, cancel);

    /// <summary>Changes an access key.</summary>
    public Task<AccessKeySummary> UpdateKey(CallContext call, string name, string accessKeyId, UpdateAccessKeyRequest request, CancellationToken cancel) =>
        On(call, PortalActions.UpdateAccessKey, name, async op =>
        {
            var client = await Find(name, cancel);
            var after = await _clients.ChangeKey(client.Id, accessKeyId, before =>
            {
                var changed = before with
                {
                    Description = request.Description is null ? before.Description : AccessRules.Description(request.Description),
                    ExpiresAt = request.ExpiresAt is not { } end ? before.ExpiresAt
                        : end == DateTimeOffset.MaxValue ? null
                        : AccessRules.Expiry(end, _access.Now),
                    IsDisabled = request.IsDisabled ?? before.IsDisabled,
                };
                op.Detail = $"{before.AccessKeyId}{(changed.IsDisabled == before.IsDisabled ? "" : changed.IsDisabled ? ", disabled" : ", enabled")}";
                return new KeyChange(changed, _recorder.Success(op));
            }, cancel) ?? throw MissingKey();
            op.IsRecorded = true;
            return AccessKeySummary.Of(after);
        }, cancel);

    /// <summary>Deletes an access key.</summary>
    public Task<bool> DeleteKey(CallContext call, string name, string accessKeyId, CancellationToken cancel) =>
        On(call, PortalActions.DeleteAccessKey, name, async op =>
        {
            var client = await Find(name, cancel);
            // What stands there may be anything until it is known to be an id.
            op.Detail = AccessKeySealer.IsKeyId(accessKeyId) ? accessKeyId : null;
            if (!await _clients.DeleteKey(client.Id, accessKeyId, _recorder.Success(op), cancel))
                throw MissingKey();
            return op.IsRecorded = true;
        }, cancel);

    private async Task Add(DeliveredKey added, CancellationToken cancel)
    {
        if (await _clients.AddKey(added.Key, added.Most, added.Audit, cancel) is not KeyAddition.Added and var reason)
            throw added.Refusal(reason);
    }

    private static PortalException Refusal(KeyAddition reason) => reason == KeyAddition.Full
        ? new PortalException(PortalError.LimitExceeded,
            $"A client can have {AccessRules.MostKeys} access keys at most. Delete the one that is no longer in use, then make a new one.")
        : AccessAdministration.Missing(CallerKind.Client);

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _access.On(call, action, name, ArnOf, body, cancel);

    private string ArnOf(string name) => _access.Arns.Caller(CallerKind.Client, name);

    private Task<StoredCaller> Find(string name, CancellationToken cancel) => _access.FindCaller(CallerKind.Client, name, cancel);

    private static PortalException MissingKey() => new(PortalError.ResourceNotFound, "The client has no access key of this id.");

    private async Task<ClientDetail> Detail(StoredCaller client, CancellationToken cancel)
    {
        var parts = await _access.PartsOf(client.Id, cancel);
        var keys = await _clients.FindKeys([client.Id], cancel);
        return new ClientDetail(ClientSummary.Of(client, ArnOf(client.Name), keys), parts.Tags, parts.Groups, parts.Policies, client.Revision);
    }
}
