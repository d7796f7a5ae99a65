using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A group.</summary>
public sealed record GroupDetail
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The names of the policies that are attached to it, which speak for all members; in lists empty.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>To be given with a change, so that nobody else's is undone.</summary>
    public long Revision { get; init; }
}

/// <summary>A page of groups.</summary>
/// <param name="Groups">By name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record GroupPage(IReadOnlyList<GroupDetail> Groups, string? NextToken);

/// <summary>A member of a group.</summary>
/// <param name="Kind">User or client.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arn">Its ARN.</param>
public sealed record GroupMember(CallerKind Kind, string Name, string Arn);

/// <summary>A page of members.</summary>
/// <param name="Members">Clients first, each kind by name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record MemberPage(IReadOnlyList<GroupMember> Members, string? NextToken);

/// <summary>Groups: what is attached to one speaks for all its members.</summary>
public sealed class GroupService
{
    private readonly AccessAdministration _access;
    private readonly GroupStore _groups;
    private readonly PolicyStore _policies;
    private readonly LastAdministrator _administrator;
    private readonly AuditRecorder _recorder;

    internal GroupService(AccessAdministration access, GroupStore groups, PolicyStore policies, LastAdministrator administrator, AuditRecorder recorder)
    {
        _access = access;
        _groups = groups;
        _policies = policies;
        _administrator = administrator;
        _recorder = recorder;
    }

    /// <summary>A page of the groups, by name.</summary>
    public async Task<GroupPage> List(CallContext call, NameQuery query, CancellationToken cancel)
    {
        var (rows, next) = await _access.List(
            call, PortalActions.ListGroups, "groups", query, (prefix, after, limit) => _groups.List(prefix, after, limit, cancel), group => group.Name, cancel);
        return new GroupPage([.. rows.Select(group => Of(group, []))], next);
    }

    /// <summary>One group with its policies.</summary>
    public Task<GroupDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetGroup, name, async op => await Detail(await _access.FindGroup(name, cancel), cancel), cancel);

    /// <summary>A page of a group's members (action GetGroup).</summary>
    public Task<MemberPage> Members(CallContext call, string name, int? limit, string? nextToken, CancellationToken cancel) =>
        On(call, PortalActions.GetGroup, name, async op =>
        {
            var group = await _access.FindGroup(name, cancel);
            var most = SecretRules.Range("limit", limit ?? AccessRules.MostResults, 1, AccessRules.MostResults);
            var (rows, next) = await _access.Page(
                call, "members", group.Id, most, nextToken, (after, rows) => _groups.FindMembers(group.Id, Position(after), rows, cancel),
                member => $"{member.Kind}/{member.Name}", cancel);
            return new MemberPage([.. rows.Select(m => new GroupMember(m.Kind, m.Name, _access.Arns.Caller(m.Kind, m.Name)))], next);
        }, cancel);

    /// <summary>Adds a group.</summary>
    public Task<GroupDetail> Create(CallContext call, string name, string? description, CancellationToken cancel) =>
        On(call, PortalActions.CreateGroup, name, async op =>
        {
            var now = _access.Now;
            var group = new StoredGroup { Id = AccessRules.NewId(now), Name = name, Description = AccessRules.Description(description), CreatedAt = now };
            if (!await _groups.Add(group, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists,
                    "A group of this name, or of one that differs in case alone, is there already. Choose another one.");
            op.IsRecorded = true;
            return Of(group, []);
        }, cancel);

    /// <summary>Changes a group's description; <see cref="PortalError.PreconditionNotMet"/> where somebody else did meanwhile.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="name">Which group.</param>
    /// <param name="description">The new one; empty for none.</param>
    /// <param name="revision">The revision that the change was made upon; null changes whatever is there.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<GroupDetail> Update(CallContext call, string name, string description, long? revision, CancellationToken cancel) =>
        On(call, PortalActions.UpdateGroup, name, async op =>
        {
            var group = await _access.FindGroup(name, cancel);
            var text = AccessRules.Description(description);
            var after = await _groups.Change(group.Id, before =>
            {
                AccessRules.Revision(revision, before.Revision);
                op.Detail = "description";
                return (before with { Description = text }, _recorder.Success(op));
            }, cancel) ?? throw Missing();
            op.IsRecorded = true;
            return await Detail(after, cancel);
        }, cancel);

    /// <summary>Deletes a group; its members lose what it gave them at once.</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeleteGroup, name, async op =>
        {
            var group = await _access.FindGroup(name, cancel);
            if (!await _groups.Delete(group.Id, _recorder.Success(op), _administrator.RuleFor(call), cancel))
                throw Missing();
            return op.IsRecorded = true;
        }, cancel);

    /// <summary>Takes a user or client into a group; no error where it is in it already.</summary>
    public Task<bool> AddMember(CallContext call, string name, CallerKind kind, string memberName, CancellationToken cancel) =>
        ChangeMember(call, PortalActions.AddGroupMember, name, kind, memberName, isJoining: true, cancel);

    /// <summary>Takes a user or client out of a group; no error where it is not in it.</summary>
    public Task<bool> RemoveMember(CallContext call, string name, CallerKind kind, string memberName, CancellationToken cancel) =>
        ChangeMember(call, PortalActions.RemoveGroupMember, name, kind, memberName, isJoining: false, cancel);

    private Task<bool> ChangeMember(
        CallContext call, string action, string name, CallerKind kind, string memberName, bool isJoining, CancellationToken cancel) =>
        On(call, action, name, async op =>
        {
            var group = await _access.FindGroup(name, cancel);
            var member = await _access.FindCaller(kind, memberName, cancel);
            op.Detail = _access.Arns.Caller(kind, member.Name);
            string[] these = [group.Id];
            return op.IsRecorded = await _groups.ChangeMemberships(
                member.Id, isJoining ? these : [], isJoining ? [] : these, AccessRules.MostGroups, _recorder.Success(op), _administrator.RuleFor(call), cancel);
        }, cancel);

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _access.On(call, action, name, _access.Arns.Group, body, cancel);

    private async Task<GroupDetail> Detail(StoredGroup group, CancellationToken cancel) => Of(group, await _policies.FindAttached(group.Id, cancel));

    private GroupDetail Of(StoredGroup group, IReadOnlyList<string> policies) => new()
    {
        Name = group.Name,
        Arn = _access.Arns.Group(group.Name),
        Description = group.Description,
        CreatedAt = group.CreatedAt,
        Policies = policies,
        Revision = group.Revision,
    };

    private static StoredMember? Position(string? after) =>
        after?.Split('/') is [var kind, var name] ? new StoredMember("", Enum.Parse<CallerKind>(kind), name) : null;

    private static PortalException Missing() => new(PortalError.ResourceNotFound, "There is no group of this name.");
}
