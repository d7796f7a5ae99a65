using Microsoft.Data.SqlClient;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>A log-in to SQL Server, as a login or as a user of a contained database.</summary>
internal sealed class SqlServerSession(SqlServerTarget target, SqlConnection connection, DatabaseCredential credential, IDatabaseEngine engine) : IDatabaseSession
{
    private const int ContainedUser = 2;
    private const int MostDifferences = 10;

    // The owner of a database is this user in it, which no clone can be.
    private const string Owner = "dbo";

    private SqlTransaction? _transaction;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancel) => Guarded(() => Number("SELECT 1", null, cancel));

    /// <inheritdoc/>
    public Task SetOwnPassword(SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var isContained = await IsContained(cancel);
        await Execute(SqlServerStatements.SetOwnPassword(isContained, credential.Username, password, credential.Password), cancel);
        return true;
    });

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel) => Guarded(async () =>
        await IsContained(cancel) && await Number(SqlServerQueries.IsWritable, null, cancel) == 0
            ? Finding(PreflightState.Failed, $"{Place} is a read-only replica. Put the host of the primary into \"host\".")
            : Finding(PreflightState.Passed, $"{Place} may change its own password, as everybody may who knows the old one."));

    /// <inheritdoc/>
    public Task<CloneState> FindClone(UserPair users, CancellationToken cancel) => Guarded(async () =>
    {
        var isContained = await IsContained(users, cancel);
        var query = isContained ? SqlServerQueries.ContainedUsers : SqlServerQueries.Logins;
        if (await Number(query, users.Original, cancel) == 0)
            return CloneState.NoOriginal;
        if (await Number(query, users.Clone, cancel) == 0)
            return CloneState.NoClone;
        // Nothing ties the two. Whoever has any login called like an administrator's clone would be given the administrator's password.
        return !isContained && await Number(SqlServerQueries.IsAdministrator, users.Original, cancel) == 1 && await Number(SqlServerQueries.IsAdministrator, users.Clone, cancel) != 1
            ? CloneState.Unrelated
            : CloneState.Both;
    });

    /// <inheritdoc/>
    public Task CreateClone(UserPair users, SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var isContained = await IsContained(users, cancel);
        if (await Unseen(isContained, cancel) is { Count: > 0 } unseen)
            throw new RotationException($"{Place} can't see all that {users.Original} may do, so a clone would lack some of it. It lacks: {string.Join(", ", unseen)}.", isFinal: true)
            {
                Concerns = PreflightCheck.Privileges,
            };
        var home = connection.Database;
        var plan = await Plan(users.Original, isContained, cancel);
        await using var transaction = (SqlTransaction)await connection.BeginTransactionAsync(cancel);
        _transaction = transaction;
        try
        {
            foreach (var (database, statements) in plan.Statements(users.Clone, password))
            {
                await connection.ChangeDatabaseAsync(database ?? home, cancel);
                await RefuseTriggers(cancel);
                foreach (var statement in statements)
                    await Execute(statement, cancel);
            }

            await transaction.CommitAsync(cancel);
        }
        finally
        {
            _transaction = null;
        }

        await connection.ChangeDatabaseAsync(home, cancel);
        return true;
    });

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var isContained = await IsContained(UserPair.Of(user), cancel);
        // ALTER LOGIN is the server's, and runs no trigger of a database.
        if (isContained)
            await RefuseTriggers(cancel);
        await Execute(SqlServerStatements.SetPassword(isContained, user, password), cancel);
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel) => Guarded<IReadOnlyList<string>>(async () =>
    {
        var isContained = await IsContained(users, cancel);
        if (await Unseen(isContained, cancel) is { Count: > 0 } unseen)
            return [$"What {users.Original} and {users.Clone} may do can't be compared, because the master lacks: {string.Join(", ", unseen)}."];
        var original = await Plan(users.Original, isContained, cancel);
        var clone = await Plan(users.Clone, isContained, cancel);
        return SqlServerPlan.Differences(users, original, clone, MostDifferences);
    });

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel) => Guarded(async () =>
    {
        var isContained = await IsContained(users, cancel);
        if (isContained && await Number(SqlServerQueries.IsWritable, null, cancel) == 0)
            throw SqlServerTarget.ReadOnly(Place);
        var missing = new List<string>();
        if (isContained ? await Number(SqlServerQueries.MayInDatabase, "ALTER ANY USER", cancel) != 1 : await Number(SqlServerQueries.MayOnServer, "ALTER ANY LOGIN", cancel) != 1)
            missing.Add(isContained ? $"ALTER ANY USER in {connection.Database}" : "ALTER ANY LOGIN on the server");
        if (state == CloneState.NoClone)
            missing.AddRange(await Unseen(isContained, cancel));
        if (missing.Count > 0)
            return Finding(PreflightState.Failed, $"{Place} lacks permissions: {string.Join(", ", missing)}. Grant them to it.");
        if (await TriggersWhereItWrites(users, state, isContained, cancel) is { } triggers)
            return Finding(PreflightState.Failed, triggers);
        return state == CloneState.NoClone && await Uncontrolled(users.Original, isContained, cancel) is { Count: > 0 } uncontrolled
            ? Finding(PreflightState.Warning, $"{Place} can make the clone only if it may give away all that {users.Original} has, which is sure with {string.Join(", ", uncontrolled)}.")
            : Finding(PreflightState.Passed, $"{Place} has the permissions that the rotation takes.");
    });

    private string Place => credential.Place(engine);

    private static PreflightFinding Finding(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    private Task<T> Guarded<T>(Func<Task<T>> act) => target.Guarded(credential, async () =>
    {
        try
        {
            return await act();
        }
        catch (NotSupportedException fault)
        {
            throw new RotationException(
                $"At {Place} the original has a permission that can't be given to a clone: {fault.Message}. Give it by a role, or use the rotation of a single user.", isFinal: true)
            {
                Concerns = PreflightCheck.Clone,
            };
        }
    });

    private async Task<bool> IsContained(CancellationToken cancel) => await Number(SqlServerQueries.OwnAuthentication, null, cancel) == ContainedUser;

    private async Task<bool> IsContained(UserPair users, CancellationToken cancel) =>
        await Number(SqlServerQueries.ContainedUsers, users.Original, cancel) > 0 || await Number(SqlServerQueries.ContainedUsers, users.Clone, cancel) > 0;

    /// <summary>
    /// A trigger on statements that change a database runs with the rights of who writes there: its owner, who may be the user that is rotated, would
    /// have the master do anything.
    /// </summary>
    private async Task RefuseTriggers(CancellationToken cancel)
    {
        if (await Triggers(cancel) is { } fault)
            throw new RotationException($"As the master: {fault}", isFinal: true) { Concerns = PreflightCheck.Privileges };
    }

    private async Task<string?> Triggers(CancellationToken cancel) => await Number(SqlServerQueries.MayInDatabase, "VIEW DEFINITION", cancel) != 1
        ? $"{Place} can't see whether the database {connection.Database} has triggers, which would run with its own rights. Grant it VIEW DEFINITION there."
        : TriggerFault(Place, connection.Database, await Rows(SqlServerQueries.DatabaseTriggers, null, static r => r.GetString(0), cancel));

    /// <summary>What is wrong where a database has triggers of its own, and what to do; null where it has none.</summary>
    internal static string? TriggerFault(string place, string database, IReadOnlyList<string> triggers) => triggers.Count == 0 ? null
        : $"{place} would run the trigger {triggers[0]} of the database {database}{(triggers.Count > 1 ? $" and {triggers.Count - 1} more" : "")} with its own rights, and whoever owns that database can write there what they like. "
            + $"Switch it off ({SqlServerStatements.DisableTrigger(triggers[0])}) or drop it, name another database in \"dbname\", or use the rotation of a single user.";

    /// <summary>Looks into each database that the rotation would write in.</summary>
    private async Task<string?> TriggersWhereItWrites(UserPair users, CloneState state, bool isContained, CancellationToken cancel)
    {
        var home = connection.Database;
        var databases = new List<string>();
        if (isContained)
            databases.Add(home);
        else if (state == CloneState.NoClone)
            databases.AddRange(["master", .. (await Plan(users.Original, isContained, cancel)).Databases.Select(static d => d.Name)]);
        string? fault = null;
        foreach (var database in databases.Distinct(StringComparer.Ordinal))
        {
            await connection.ChangeDatabaseAsync(database, cancel);
            fault ??= await Triggers(cancel);
        }

        await connection.ChangeDatabaseAsync(home, cancel);
        return fault;
    }

    /// <summary>What the session lacks to see all that others may do: without it, they seem to have less.</summary>
    private async Task<IReadOnlyList<string>> Unseen(bool isContained, CancellationToken cancel)
    {
        if (isContained)
            return await Number(SqlServerQueries.MayInDatabase, "VIEW DEFINITION", cancel) == 1 ? [] : [$"VIEW DEFINITION in {connection.Database}"];
        var closed = await Rows(SqlServerQueries.ClosedDatabases, null, static r => $"access to the database {r.GetString(0)}", cancel);
        return await Number(SqlServerQueries.MayOnServer, "VIEW ANY DEFINITION", cancel) == 1 ? closed : ["VIEW ANY DEFINITION", .. closed];
    }

    /// <summary>What makes sure that the session may give away all that a principal has, where it lacks that.</summary>
    private async Task<IReadOnlyList<string>> Uncontrolled(string original, bool isContained, CancellationToken cancel)
    {
        var lacking = new List<string>();
        var home = connection.Database;
        var plan = await Plan(original, isContained, cancel);
        // Finds what can't be given at all.
        _ = plan.Statements(original, new SecretText("")).ToList();
        if (plan.GivesOnServer && await Number(SqlServerQueries.MayOnServer, "CONTROL SERVER", cancel) != 1)
            lacking.Add("CONTROL SERVER");
        foreach (var database in plan.Databases)
        {
            await connection.ChangeDatabaseAsync(database.Name, cancel);
            if (await Number(SqlServerQueries.MayInDatabase, "CONTROL", cancel) != 1)
                lacking.Add($"CONTROL of the database {database.Name}");
        }

        await connection.ChangeDatabaseAsync(home, cancel);
        return lacking;
    }

    /// <summary>All that a principal is and may do.</summary>
    private async Task<SqlServerPlan> Plan(string name, bool isContained, CancellationToken cancel)
    {
        var home = connection.Database;
        if (isContained)
            return new SqlServerPlan { Databases = await Database(home, SqlServerQueries.ContainedUser, name, cancel) is { } own ? [own] : [] };
        var logins = await Rows(SqlServerQueries.Login, name, static r => new SqlServerLogin(r.GetString(0), r.GetString(1), r.GetBoolean(2), r.GetBoolean(3)), cancel);
        var roles = await Rows(SqlServerQueries.ServerRoles, name, static r => r.GetString(0), cancel);
        var permissions = await Rows(SqlServerQueries.ServerPermissions, name, Permission, cancel);
        var databases = new List<SqlServerDatabaseUser>();
        foreach (var database in await Rows(SqlServerQueries.Databases, null, static r => r.GetString(0), cancel))
        {
            await connection.ChangeDatabaseAsync(database, cancel);
            if (await Database(database, SqlServerQueries.UserOfLogin, name, cancel) is { } user)
                databases.Add(user);
        }

        await connection.ChangeDatabaseAsync(home, cancel);
        return new SqlServerPlan { Login = logins.Count > 0 ? logins[0] : null, ServerRoles = roles, ServerPermissions = permissions, Databases = databases };
    }

    private async Task<SqlServerDatabaseUser?> Database(string database, string query, string name, CancellationToken cancel)
    {
        var users = await Rows(query, name, static r => (Name: r.GetString(0), Schema: Text(r, 1)), cancel);
        if (users.Count == 0)
            return null;
        var (user, schema) = users[0];
        // The clone of an owner can do as much as a member of db_owner.
        return user == Owner
            ? new SqlServerDatabaseUser { Name = database, Schema = Owner, Roles = ["db_owner"], Permissions = [] }
            : new SqlServerDatabaseUser
            {
                Name = database,
                Schema = schema,
                Roles = await Rows(SqlServerQueries.DatabaseRoles, user, static r => r.GetString(0), cancel),
                Permissions = await Rows(SqlServerQueries.DatabasePermissions, user, Permission, cancel),
            };
    }

    private static SqlServerPermission Permission(SqlDataReader row) => new()
    {
        State = row.GetString(0),
        Permission = row.GetString(1),
        Class = row.GetString(2),
        Schema = Text(row, 3),
        On = Text(row, 4),
        Column = Text(row, 5),
        PrincipalType = Text(row, 6),
    };

    private static string? Text(SqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private async Task<int> Number(string sql, string? name, CancellationToken cancel)
    {
        await using var command = Command(sql, name);
        return await command.ExecuteScalarAsync(cancel) is int number ? number : 0;
    }

    private async Task<IReadOnlyList<T>> Rows<T>(string sql, string? name, Func<SqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = Command(sql, name);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
            rows.Add(read(reader));
        return rows;
    }

    private async Task Execute(string sql, CancellationToken cancel)
    {
        await using var command = Command(sql, null);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private SqlCommand Command(string sql, string? name)
    {
#pragma warning disable CA2100 // Statements about principals take no parameters: SqlServerStatements quotes.
        var command = new SqlCommand(sql, connection, _transaction);
#pragma warning restore CA2100
        if (name is not null)
            command.Parameters.Add("@name", System.Data.SqlDbType.NVarChar, 128).Value = name;
        return command;
    }
}
