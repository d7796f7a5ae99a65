using MongoDB.Bson;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Commands about users, as documents, and what their answers say. Pure, so that they are tested where no server is at hand.</summary>
internal static class MongoCommands
{
    // What a user is, beside name, database and password.
    private static readonly string[] s_copied = ["roles", "customData", "authenticationRestrictions", "mechanisms"];

    /// <summary>Whether the server answers the user.</summary>
    public static BsonDocument Ping => new("ping", 1);

    /// <summary>Whether the server may be written to.</summary>
    public static BsonDocument Hello => new("hello", 1);

    /// <summary>What the user of the session may do.</summary>
    public static BsonDocument OwnPrivileges => new() { { "connectionStatus", 1 }, { "showPrivileges", true } };

    /// <summary>Gives a user of the session's database another password. The server leaves it out of its log.</summary>
    public static BsonDocument SetPassword(string user, SecretText password) => new() { { "updateUser", user }, { "pwd", password.Reveal() } };

    /// <summary>What a user of a database is. DocumentDB knows no restrictions, and no way to ask for them.</summary>
    public static BsonDocument User(string user, string database, bool withRestrictions)
    {
        var command = new BsonDocument("usersInfo", new BsonDocument { { "user", user }, { "db", database } });
        if (withRestrictions)
            command.Add("showAuthenticationRestrictions", true);
        return command;
    }

    /// <summary>The one user of an answer to <see cref="User"/>; null where there is none.</summary>
    public static BsonDocument? UserOf(BsonDocument answer) =>
        answer.TryGetValue("users", out var users) && users is BsonArray { Count: > 0 } all ? all[0].AsBsonDocument : null;

    /// <summary>Makes a user like another one: the same roles, data, restrictions and mechanisms.</summary>
    public static BsonDocument CreateUser(string user, SecretText password, BsonDocument original)
    {
        var command = new BsonDocument { { "createUser", user }, { "pwd", password.Reveal() } };
        foreach (var name in s_copied)
            if (original.TryGetValue(name, out var value) && (name == "roles" || value is not BsonArray { Count: 0 }))
                command.Add(name, value.DeepClone());
        if (!command.Contains("roles"))
            command.Add("roles", new BsonArray());
        return command;
    }

    /// <summary>A sentence for each difference between two users.</summary>
    public static IReadOnlyList<string> Differences(UserPair users, BsonDocument original, BsonDocument clone)
    {
        var differences = new List<string>();
        var (first, second) = (Roles(original), Roles(clone));
        if (first.Except(second).ToList() is { Count: > 0 } lost)
            differences.Add($"{users.Clone} lacks the roles {string.Join(", ", lost)} of {users.Original}.");
        if (second.Except(first).ToList() is { Count: > 0 } more)
            differences.Add($"{users.Clone} has the roles {string.Join(", ", more)}, which {users.Original} lacks.");
        if (!Value(original, "authenticationRestrictions").Equals(Value(clone, "authenticationRestrictions")))
            differences.Add($"{users.Clone} may log in from other addresses than {users.Original}.");
        return differences;
    }

    /// <summary>True of a user with a role that can give itself all others.</summary>
    public static bool IsAdministrator(BsonDocument user) => Roles(user).Overlaps(["root@admin", "userAdminAnyDatabase@admin"]);

    /// <summary>
    /// True where an answer to <see cref="OwnPrivileges"/> has one of the actions on a database; null where it tells no privileges, as DocumentDB's.
    /// </summary>
    public static bool? May(BsonDocument answer, string database, params ReadOnlySpan<string> actions)
    {
        if (!answer.TryGetValue("authInfo", out var info) || info is not BsonDocument document
            || !document.TryGetValue("authenticatedUserPrivileges", out var told) || told is not BsonArray privileges)
            return null;
        foreach (var privilege in privileges.OfType<BsonDocument>())
            foreach (var action in actions)
                if (Covers(privilege, database) && privilege.GetValue("actions", new BsonArray()).AsBsonArray.Any(a => a == action || a == "anyAction"))
                    return true;
        return false;
    }

    private static bool Covers(BsonDocument privilege, string database)
    {
        var resource = privilege.GetValue("resource", new BsonDocument()).AsBsonDocument;
        return resource.Contains("anyResource")
            || (resource.TryGetValue("db", out var db) && (db == "" || db == database) && resource.GetValue("collection", "x") == "");
    }

    private static HashSet<string> Roles(BsonDocument user) =>
        [.. Value(user, "roles").OfType<BsonDocument>().Select(r => $"{r.GetValue("role", "?")}@{r.GetValue("db", "?")}")];

    private static BsonArray Value(BsonDocument user, string name) => user.TryGetValue(name, out var value) && value is BsonArray array ? array : [];
}
