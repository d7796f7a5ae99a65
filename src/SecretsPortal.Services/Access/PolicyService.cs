using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>What a policy can be attached to.</summary>
public enum PolicyTargetKind
{
    /// <summary>A user.</summary>
    User,

    /// <summary>A client.</summary>
    Client,

    /// <summary>A group: the policy speaks for all its members.</summary>
    Group,
}

/// <summary>A user, client or group.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Name">Its name.</param>
public sealed record PolicyTarget(PolicyTargetKind Kind, string Name);

/// <summary>An identity policy.</summary>
public sealed record PolicyDetail
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>It comes with the portal and cannot be changed.</summary>
    public bool IsManaged { get; init; }

    /// <summary>IAM's JSON, as it was given.</summary>
    public required string Document { get; init; }

    /// <summary>What it is attached to, groups first, at most 100; in lists empty.</summary>
    public IReadOnlyList<PolicyTarget> AttachedTo { get; init; } = [];

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>To be given with a change, so that nobody else's is undone.</summary>
    public long Revision { get; init; }
}

/// <summary>A page of policies.</summary>
/// <param name="Policies">By name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record PolicyPage(IReadOnlyList<PolicyDetail> Policies, string? NextToken);

/// <summary>Changes of a policy; members that are null leave what is there, an empty description removes it.</summary>
/// <param name="Document">IAM's JSON.</param>
/// <param name="Description">At most 2,048 characters.</param>
/// <param name="Revision">The revision that the change was made upon; null changes whatever is there.</param>
public sealed record UpdatePolicyRequest(string? Document, string? Description, long? Revision);

/// <summary>Identity policies and what they are attached to. Those that come with the portal cannot be changed.</summary>
public sealed class PolicyService
{
    private const int MostShown = 100;

    private readonly AccessAdministration _access;
    private readonly PolicyStore _policies;
    private readonly LastAdministrator _administrator;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal PolicyService(AccessAdministration access, PolicyStore policies, LastAdministrator administrator, AuditRecorder recorder, TimeProvider clock)
    {
        _access = access;
        _policies = policies;
        _administrator = administrator;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>A page of the policies, by name.</summary>
    public async Task<PolicyPage> List(CallContext call, NameQuery query, CancellationToken cancel)
    {
        var (rows, next) = await _access.List(
            call, PortalActions.ListPolicies, "policies", query, (prefix, after, limit) => _policies.List(prefix, after, limit, cancel), policy => policy.Name,
            cancel);
        return new PolicyPage([.. rows.Select(policy => Of(policy, []))], next);
    }

    /// <summary>One policy with what it is attached to.</summary>
    public Task<PolicyDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetPolicy, name, async op => await Detail(await Find(name, cancel), cancel), cancel);

    /// <summary>Adds a policy; <see cref="PortalError.MalformedPolicyDocument"/> names the statement and the field.</summary>
    public Task<PolicyDetail> Create(CallContext call, string name, string document, string? description, CancellationToken cancel) =>
        On(call, PortalActions.CreatePolicy, name, async op =>
        {
            Check(document);
            var now = _access.Now;
            var policy = new StoredPolicy(name, document) { Description = AccessRules.Description(description), CreatedAt = now, UpdatedAt = now };
            op.Detail = Fingerprint(document);
            if (!await _policies.Add(policy, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists,
                    "A policy of this name, or of one that differs in case alone, is there already. Choose another one.");
            op.IsRecorded = true;
            return Of(policy, []);
        }, cancel);

    /// <summary>Changes a policy; <see cref="PortalError.PreconditionNotMet"/> where somebody else did meanwhile.</summary>
    public Task<PolicyDetail> Update(CallContext call, string name, UpdatePolicyRequest request, CancellationToken cancel) =>
        On(call, PortalActions.UpdatePolicy, name, async op =>
        {
            if (request.Document is not null)
                Check(request.Document);
            var after = await _policies.Change(name, before =>
            {
                RefuseManaged(before);
                AccessRules.Revision(request.Revision, before.Revision);
                var changed = before with
                {
                    Document = request.Document ?? before.Document,
                    Description = request.Description is null ? before.Description : AccessRules.Description(request.Description),
                    UpdatedAt = _clock.After(before.UpdatedAt),
                };
                op.Detail = Fingerprint(changed.Document);
                return (changed, _recorder.Success(op));
            }, _administrator.RuleFor(call), cancel) ?? throw Missing();
            op.IsRecorded = true;
            return await Detail(after, cancel);
        }, cancel);

    /// <summary>Deletes a policy that is attached to nothing; <see cref="PortalError.InvalidRequest"/> says where it is still attached.</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeletePolicy, name, async op =>
        {
            RefuseManaged(await Find(name, cancel));
            var holders = await _policies.Delete(name, MostShown, _recorder.Success(op), cancel) ?? throw Missing();
            if (holders.Count > 0)
                throw new PortalException(PortalError.InvalidRequest,
                    $"The policy is attached to {string.Join(", ", holders.Select(holder => $"the {Word(holder)} {holder.Name}"))}. Detach it there first.");
            return op.IsRecorded = true;
        }, cancel);

    /// <summary>Attaches a policy; the action must be allowed on the policy and on what it is attached to. No error where it is attached already.</summary>
    public Task<bool> Attach(CallContext call, string name, PolicyTarget target, CancellationToken cancel) =>
        On(call, PortalActions.AttachPolicy, name, async op =>
        {
            var holder = await FindHolder(op, target, cancel);
            await Find(name, cancel);
            return op.IsRecorded = await _policies.Attach(
                holder, name, AccessRules.MostPolicies, _recorder.Success(op), _administrator.RuleFor(call), cancel);
        }, cancel);

    /// <summary>Detaches a policy; the action must be allowed on the policy and on what it is attached to. No error where it is not attached.</summary>
    public Task<bool> Detach(CallContext call, string name, PolicyTarget target, CancellationToken cancel) =>
        On(call, PortalActions.DetachPolicy, name, async op =>
        {
            var holder = await FindHolder(op, target, cancel);
            await Find(name, cancel);
            return op.IsRecorded = await _policies.Detach(holder, name, _recorder.Success(op), _administrator.RuleFor(call), cancel);
        }, cancel);

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _access.On(call, action, name, _access.Arns.Policy, body, cancel);

    private async Task<PolicyHolder> FindHolder(RecordedCall op, PolicyTarget target, CancellationToken cancel)
    {
        Core.Naming.Names.Principal("target name", target.Name);
        var kind = target.Kind switch
        {
            PolicyTargetKind.User => CallerKind.User,
            PolicyTargetKind.Client => CallerKind.Client,
            _ => (CallerKind?)null,
        };
        var arn = kind is { } some ? _access.Arns.Caller(some, target.Name) : _access.Arns.Group(target.Name);
        await _access.RequireAlso(op, arn, cancel);
        op.Detail = arn;
        if (kind is null)
            return new PolicyHolder((await _access.FindGroup(target.Name, cancel)).Id, Kind: null, target.Name);
        return new PolicyHolder((await _access.FindCaller(kind.Value, target.Name, cancel)).Id, kind, target.Name);
    }

    private async Task<StoredPolicy> Find(string name, CancellationToken cancel) => await _policies.Find(name, cancel) ?? throw Missing();

    private async Task<PolicyDetail> Detail(StoredPolicy policy, CancellationToken cancel) =>
        Of(policy, await _policies.FindHolders(policy.Name, MostShown, cancel));

    private PolicyDetail Of(StoredPolicy policy, IReadOnlyList<PolicyHolder> holders) => new()
    {
        Name = policy.Name,
        Arn = _access.Arns.Policy(policy.Name),
        Description = policy.Description,
        IsManaged = policy.IsManaged,
        Document = policy.Document,
        AttachedTo = [.. holders.Select(holder => new PolicyTarget(TargetKind(holder), holder.Name))],
        CreatedAt = policy.CreatedAt,
        UpdatedAt = policy.UpdatedAt,
        Revision = policy.Revision,
    };

    private static PolicyTargetKind TargetKind(PolicyHolder holder) => holder.Kind switch
    {
        null => PolicyTargetKind.Group,
        CallerKind.User => PolicyTargetKind.User,
        _ => PolicyTargetKind.Client,
    };

    private static string Word(PolicyHolder holder) => TargetKind(holder) switch
    {
        PolicyTargetKind.Group => "group",
        PolicyTargetKind.User => "user",
        _ => "client",
    };

    private static void Check(string document) => PolicyDocument.Parse(document, isResourcePolicy: false);

    private static void RefuseManaged(StoredPolicy policy)
    {
        if (policy.IsManaged)
            throw new PortalException(PortalError.InvalidRequest, $"The policy {policy.Name} comes with the portal and can't be changed. Make one of your own from its document.");
    }

    // Which one it was can be told from the log, even after it was replaced.
    private static string Fingerprint(string document) => $"SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document)))}";

    private static PortalException Missing() => new(PortalError.ResourceNotFound, "There is no policy of this name.");
}
