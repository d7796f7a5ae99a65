using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// What the configuration maps groups of the identity provider to: groups and policies of the portal. Of what it maps, a user has what the own groups
/// map to and nothing else; what it does not speak of is left to administrators.
/// </summary>
internal sealed class FederationTargets(GroupStore groups, PolicyStore policies, PortalOptions options)
{
    /// <summary>What nobody's groups map to.</summary>
    public static Wanted Nothing { get; } = new(new HashSet<string>(StringComparer.Ordinal));

    /// <summary>The names that the groups map to and that there are; one that was removed since maps to nothing.</summary>
    public async Task<Wanted> Of(IReadOnlyCollection<string> providerGroups, CancellationToken cancel)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in providerGroups.SelectMany(group => options.Oidc!.Groups.GetValueOrDefault(group, [])).Distinct(StringComparer.Ordinal))
        {
            if (await groups.Find(name, cancel) is not null || await policies.Find(name, cancel) is not null)
                names.Add(name);
        }

        return new Wanted(names);
    }

    /// <summary>Gives a user what is wanted of what is mapped, and takes the rest of it; each change with its record. True where something was taken.</summary>
    public async Task<bool> Apply(StoredCaller user, Wanted wanted, int most, Func<string, string, AuditRecord> record, CancellationToken cancel)
    {
        var memberOf = (await groups.FindOf(user.Id, cancel)).Select(g => g.Name).ToHashSet(StringComparer.Ordinal);
        var attached = (await policies.FindAttached(user.Id, cancel)).ToHashSet(StringComparer.Ordinal);
        var holder = new PolicyHolder(user.Id, user.Kind, user.Name);
        var (joined, left) = (new List<StoredGroup>(), new List<StoredGroup>());
        var hasTaken = false;
        foreach (var name in Mapped())
        {
            var isWanted = wanted.Names.Contains(name);
            // A group goes before a policy of the same name.
            if (await groups.Find(name, cancel) is { } group)
            {
                if (isWanted != memberOf.Contains(name))
                    (isWanted ? joined : left).Add(group);
            }
            else if (isWanted && !attached.Contains(name))
            {
                await policies.Attach(holder, name, most, record(PortalActions.AttachPolicy, name), rule: null, cancel);
            }
            else if (!isWanted && attached.Contains(name))
            {
                await policies.Detach(holder, name, record(PortalActions.DetachPolicy, name), rule: null, cancel);
                hasTaken = true;
            }
        }

        if (joined.Count + left.Count == 0)
            return hasTaken;
        var detail = string.Join(", ", joined.Select(g => $"+{g.Name}").Concat(left.Select(g => $"-{g.Name}")));
        await groups.ChangeMemberships(
            user.Id, [.. joined.Select(g => g.Id)], [.. left.Select(g => g.Id)], most, record(PortalActions.AddGroupMember, detail), rule: null, cancel);
        return hasTaken || left.Count > 0;
    }

    private IEnumerable<string> Mapped() => options.Oidc!.Groups.Values.SelectMany(names => names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Names of groups and policies.</summary>
    internal sealed record Wanted(IReadOnlySet<string> Names)
    {
        /// <summary>There are none.</summary>
        public bool IsEmpty => Names.Count == 0;
    }
}
