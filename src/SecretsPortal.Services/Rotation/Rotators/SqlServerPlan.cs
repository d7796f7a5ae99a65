using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>All that a login, or a user of a contained database, is and may do, and with it what makes another one the same.</summary>
internal sealed record SqlServerPlan
{
    /// <summary>Null of a user of a contained database.</summary>
    public SqlServerLogin? Login { get; init; }

    /// <summary>Roles of the server.</summary>
    public IReadOnlyList<string> ServerRoles { get; init; } = [];

    /// <summary>Permissions on the server.</summary>
    public IReadOnlyList<SqlServerPermission> ServerPermissions { get; init; } = [];

    /// <summary>The users in databases.</summary>
    public required IReadOnlyList<SqlServerDatabaseUser> Databases { get; init; }

    /// <summary>True where a clone takes more of the server than a login.</summary>
    public bool GivesOnServer => ServerRoles.Count > 0 || ServerPermissions.Any(static p => !p.IsInherent);

    /// <summary>
    /// The statements that make a clone, with the database that they belong to (null: the one of the session), in order.
    /// <see cref="NotSupportedException"/> names a permission that can't be given.
    /// </summary>
    public IEnumerable<(string? Database, IReadOnlyList<string> Statements)> Statements(string clone, SecretText password)
    {
        if (Login is not null)
        {
            // Permissions of the server are given in master.
            yield return ("master",
            [
                SqlServerStatements.CreateLogin(clone, password, Login),
                .. ServerRoles.Select(role => SqlServerStatements.AddToRole(ofServer: true, role, clone)),
                .. ServerPermissions.Where(static p => !p.IsInherent).Select(p => p.For(clone)),
            ]);
        }

        foreach (var user in Databases)
        {
            yield return (Login is null ? null : user.Name,
            [
                Login is null ? SqlServerStatements.CreateContainedUser(clone, password, user.Schema) : SqlServerStatements.CreateUser(clone, user.Schema),
                .. user.Roles.Select(role => SqlServerStatements.AddToRole(ofServer: false, role, clone)),
                .. user.Permissions.Where(static p => !p.IsInherent).Select(p => p.For(clone)),
            ]);
        }
    }

    /// <summary>A sentence for each side on which one has something that the other lacks.</summary>
    public static IReadOnlyList<string> Differences(UserPair users, SqlServerPlan original, SqlServerPlan clone, int most)
    {
        var (first, second) = (original.Things().ToHashSet(StringComparer.Ordinal), clone.Things().ToHashSet(StringComparer.Ordinal));
        var differences = new List<string>();
        if (first.Except(second).ToList() is { Count: > 0 } lost)
            differences.Add($"{users.Clone} lacks what {users.Original} has: {Some(lost)}.");
        if (second.Except(first).ToList() is { Count: > 0 } more)
            differences.Add($"{users.Clone} has what {users.Original} lacks: {Some(more)}.");
        return differences;

        string Some(List<string> all) => string.Join(", ", all.Take(most)) + (all.Count > most ? $" and {all.Count - most} more" : "");
    }

    private IEnumerable<string> Things()
    {
        const string Anybody = "?";
        if (Login is not null)
            yield return $"a login with {Login.DefaultDatabase} and {Login.DefaultLanguage} by default, policy checked {Login.ChecksPolicy}, expiration checked {Login.ChecksExpiration}";
        foreach (var role in ServerRoles)
            yield return $"the server's role {role}";
        foreach (var permission in ServerPermissions.Where(static p => !p.IsInherent))
            yield return permission.For(Anybody).Replace(" TO [?]", "", StringComparison.Ordinal).Replace(" FROM [?]", "", StringComparison.Ordinal);
        foreach (var user in Databases)
        {
            yield return $"a user in {user.Name} with the schema {user.Schema ?? "none"}";
            foreach (var role in user.Roles)
                yield return $"the role {role} in {user.Name}";
            foreach (var permission in user.Permissions.Where(static p => !p.IsInherent))
                yield return $"{permission.For(Anybody).Replace(" TO [?]", "", StringComparison.Ordinal).Replace(" FROM [?]", "", StringComparison.Ordinal)} in {user.Name}";
        }
    }
}

/// <summary>A user in a database.</summary>
internal sealed record SqlServerDatabaseUser
{
    /// <summary>The database.</summary>
    public required string Name { get; init; }

    /// <summary>The schema that unqualified names are looked for in first; null where there is none.</summary>
    public required string? Schema { get; init; }

    /// <summary>Roles of the database.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Permissions in the database.</summary>
    public required IReadOnlyList<SqlServerPermission> Permissions { get; init; }
}
