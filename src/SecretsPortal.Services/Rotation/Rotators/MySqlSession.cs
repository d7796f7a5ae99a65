using MySqlConnector;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>A user's log-in to MySQL or MariaDB. A user is all accounts of one name.</summary>
internal sealed class MySqlSession(MySqlTarget target, MySqlConnection connection, DatabaseCredential credential, IDatabaseEngine engine) : IDatabaseSession
{
    private const int MostDifferences = 10;
    private const int UnknownVariable = 1193;
    private const int MissingCurrentPassword = 3892;

    private readonly bool _isMariaDb = MySqlTarget.IsMariaDb(connection);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancel) => Guarded(() => Column("SELECT 1", cancel));

    /// <inheritdoc/>
    public Task SetOwnPassword(SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var own = await OwnDefinition(cancel);
        if (!own.HasPassword)
            throw NoPassword(own);
        try
        {
            await ExecuteWithPassword(inTheClear => own.SetOwnPassword(password, inTheClear), cancel);
        }
        catch (MySqlException fault) when (fault.Number == MissingCurrentPassword)
        {
            // MySQL 8, PASSWORD REQUIRE CURRENT.
            await Execute($"{own.SetOwnPassword(password, inTheClear: false)} REPLACE {MySqlText.Literal(credential.Password.Reveal())}", cancel);
        }

        return true;
    });

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel) => Guarded(async () =>
    {
        try
        {
            var account = await OwnAccount(cancel);
            if (account.User.Length == 0)
                return Finding(PreflightState.Failed, $"{Place} lets the user in as the anonymous account ''@'{account.Host}'. Create an account of its own for the user.");
            var own = await OwnDefinition(cancel);
            if (!own.HasPassword)
                return Finding(PreflightState.Failed, NoPassword(own).Message);
            if (await IsReadOnlyFor(await Grants(account, cancel), cancel))
                return Finding(PreflightState.Failed, $"{Place} is a read-only replica. Put the host of the primary into \"host\".");
        }
        catch (MySqlException fault) when (MySqlTarget.IsAboutExpiry(fault))
        {
            return Finding(PreflightState.Warning, $"The password is expired: {Place} lets the user do nothing but change it. A rotation does that.");
        }

        return Finding(PreflightState.Passed, $"{Place} may change its own password, as every user may.");
    });

    /// <inheritdoc/>
    public Task<CloneState> FindClone(UserPair users, CancellationToken cancel) => Guarded(async () =>
    {
        var originals = await Accounts(users.Original, cancel);
        if (originals.Count == 0)
            return CloneState.NoOriginal;
        var clones = await Accounts(users.Clone, cancel);
        foreach (var clone in clones)
            if ((await Definition(clone, cancel)).IsUnfinished)
                return CloneState.NoClone;
        if (clones.Count == 0)
            return CloneState.NoClone;
        // Nothing ties the two. Whoever has any user called like an administrator's clone would be given the administrator's password.
        foreach (var original in originals)
            if (await IsAdministrator(original, cancel) && (await Definition(original, cancel)).HasPassword
                && !(clones.Contains(original with { User = users.Clone }) && await IsAdministrator(original with { User = users.Clone }, cancel)))
                return CloneState.Unrelated;
        return CloneState.Both;
    });

    /// <inheritdoc/>
    public Task CreateClone(UserPair users, SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var pairs = await Pairs(users, cancel);
        try
        {
            // Privileges are no transaction. Nobody can log in with an account before it has all of them, and the next attempt goes on with it.
            foreach (var (_, clone, definition) in pairs)
                await ExecuteWithPassword(inTheClear =>
                    $"CREATE USER IF NOT EXISTS {clone} {definition.IdentifiedBy(password, inTheClear)} REQUIRE SUBJECT {MySqlText.Literal(MySqlAccountDefinition.Unfinished)}", cancel);
            foreach (var (original, clone, definition) in pairs)
                await Give(original, clone, definition, cancel);
            // Options are those of a whole statement. The account that the portal logs in by is among the last: where it logs in, all is done.
            foreach (var alike in pairs.AsEnumerable().Reverse().GroupBy(static p => p.Definition.Options, StringComparer.Ordinal).Reverse())
                await ExecuteWithPassword(inTheClear => $"{MySqlAccountDefinition.SetPasswords(alike.Reverse().Select(static p => (p.Clone, p.Definition)), password, inTheClear)} {alike.Key}", cancel);
            return true;
        }
        catch
        {
            await DropUnfinished(pairs.Select(static p => p.Clone));
            throw;
        }
    });

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var accounts = new List<(MySqlAccount Account, MySqlAccountDefinition Definition)>();
        foreach (var account in await Accounts(user, cancel))
            if (await Definition(account, cancel) is { HasPassword: true } definition)
                accounts.Add((account, definition));
        if (accounts.Count == 0)
            throw new RotationException(
                $"{engine.Name} at {credential.Host}:{credential.Port} has no account {user} with a password. Create one (CREATE USER … IDENTIFIED BY …), then rotate again.", isFinal: true)
            {
                Concerns = PreflightCheck.Clone,
            };
        // One statement: whoever is interrupted between two finds that one account logs in, and takes all for done.
        await ExecuteWithPassword(inTheClear => MySqlAccountDefinition.SetPasswords(accounts, password, inTheClear), cancel);
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel) => Guarded<IReadOnlyList<string>>(async () =>
    {
        var differences = new List<string>();
        var originals = await Accounts(users.Original, cancel);
        var clones = await Accounts(users.Clone, cancel);
        differences.AddRange(originals.Where(o => !clones.Contains(o with { User = users.Clone }))
            .Select(o => $"There is no account {users.Clone}@{o.Host} beside {users.Original}@{o.Host}."));
        foreach (var clone in clones)
        {
            var original = clone with { User = users.Original };
            if (!originals.Contains(original))
                differences.Add($"There is no account {users.Original}@{clone.Host} beside {users.Clone}@{clone.Host}.");
            else
                differences.AddRange(await Differences(original, clone, cancel));
        }

        return differences;
    });

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel) => Guarded(async () =>
    {
        var held = await Grants(await OwnAccount(cancel), cancel);
        if (await IsReadOnlyFor(held, cancel))
            throw MySqlTarget.ReadOnly(Place);
        var missing = new List<string>();
        if (!Holds(held, "CREATE USER", "*.*"))
            missing.Add("CREATE USER ON *.*");
        if (state == CloneState.NoClone)
        {
            foreach (var original in await Accounts(users.Original, cancel))
            {
                var grants = await Grants(original, cancel);
                missing.AddRange(grants.Where(g => !MySqlGrant.Covers(held, g)).Select(static g => $"{g.Head["GRANT ".Length..]} WITH {(g.Object is null ? "ADMIN" : "GRANT")} OPTION"));
                if (grants.Any(static g => g.Preposition == "FOR") && !Holds(held, "UPDATE", "`mysql`.*"))
                    missing.Add("UPDATE ON `mysql`.* (to set the default role)");
            }
        }

        if (missing.Count == 0)
            return Finding(PreflightState.Passed, $"{Place} has the rights that the rotation takes.");
        // What comes through roles is not seen here.
        var weight = held.Any(static g => g.Object is null && g.Preposition == "TO") ? PreflightState.Warning : PreflightState.Failed;
        return Finding(weight, $"{Place} lacks rights{(weight == PreflightState.Warning ? ", unless its roles have them" : "")}: {Some(missing.Distinct())}. Grant them to it.");
    });

    private string Place => credential.Place(engine);

    private static PreflightFinding Finding(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    private Task<T> Guarded<T>(Func<Task<T>> act) => target.Guarded(credential, async () =>
    {
        try
        {
            return await act();
        }
        catch (FormatException)
        {
            throw new RotationException($"{Place} tells of an account in a form that the portal can't read, such as one with several factors. Use the rotation of a single user.", isFinal: true)
            {
                Concerns = PreflightCheck.Clone,
            };
        }
    });

    private RotationException NoPassword(MySqlAccountDefinition own) => new(
        $"{Place} logs in by {own.Plugins}, where the server keeps no password to change. Give the account a plugin with a password (mysql_native_password, caching_sha2_password).", isFinal: true)
    {
        Concerns = PreflightCheck.Privileges,
    };

    private static bool Holds(IEnumerable<MySqlGrant> held, string privilege, string target) => held.Any(h =>
        (h.Object == "*.*" || h.Object == target) && (h.Privileges.Contains("ALL PRIVILEGES", StringComparer.OrdinalIgnoreCase) || h.Privileges.Contains(privilege, StringComparer.OrdinalIgnoreCase)));

    private async Task<bool> IsAdministrator(MySqlAccount account, CancellationToken cancel) => Holds(await Grants(account, cancel), "SUPER", "*.*");

    private static string Some(IEnumerable<string> items)
    {
        var all = items.ToList();
        return string.Join(", ", all.Take(MostDifferences)) + (all.Count > MostDifferences ? $" and {all.Count - MostDifferences} more" : "");
    }

    private async Task<bool> IsReadOnlyFor(IReadOnlyList<MySqlGrant> held, CancellationToken cancel) =>
        await Column("SELECT @@global.read_only", cancel) is not (["0"] or ["OFF"])
        && !Holds(held, "SUPER", "*.*") && !Holds(held, "READ_ONLY ADMIN", "*.*") && !Holds(held, "READ ONLY ADMIN", "*.*") && !Holds(held, "CONNECTION_ADMIN", "*.*");

    /// <summary>Each account of the original, the clone's of the same hosts, and what the original is like; without clones that are finished already.</summary>
    private async Task<List<(MySqlAccount Original, MySqlAccount Clone, MySqlAccountDefinition Definition)>> Pairs(UserPair users, CancellationToken cancel)
    {
        var there = await Accounts(users.Clone, cancel);
        var pairs = new List<(MySqlAccount, MySqlAccount, MySqlAccountDefinition)>();
        foreach (var original in await Accounts(users.Original, cancel))
        {
            var clone = original with { User = users.Clone };
            var definition = await Definition(original, cancel);
            if (definition.HasPassword)
                pairs.Add((original, clone, there.Contains(clone) && await Definition(clone, cancel) is { IsUnfinished: false } finished ? finished : definition));
        }

        return pairs.Count > 0 ? pairs : throw new RotationException(
            $"No account of {users.Original} has a password, so none can be cloned. Give it one (ALTER USER … IDENTIFIED BY …), then rotate again.", isFinal: true)
        {
            Concerns = PreflightCheck.Clone,
        };
    }

    private async Task Give(MySqlAccount original, MySqlAccount clone, MySqlAccountDefinition definition, CancellationToken cancel)
    {
        var statements = (await Grants(original, cancel)).Where(static g => !g.IsUsage).Select(g => g.For(clone)).ToList();
        // A default role must have been granted before.
        if (definition.DefaultRoles is { } roles)
            statements.Add($"ALTER USER {clone} DEFAULT ROLE {roles}");
        foreach (var statement in statements.OrderBy(static s => s.StartsWith("GRANT", StringComparison.Ordinal) ? 0 : 1))
        {
            try
            {
                await Execute(statement, cancel);
            }
            catch (MySqlException fault) when (MySqlTarget.IsAboutPrivileges(fault))
            {
                throw new RotationException(
                    $"{Place} may not carry out {statement}, so {clone.User} can't be made a clone of {original.User}. Grant the master that right WITH GRANT OPTION (a role: WITH ADMIN OPTION; a default role of MariaDB: UPDATE on `mysql`.*), then rotate again.", isFinal: true)
                {
                    Concerns = PreflightCheck.Privileges,
                };
            }
        }
    }

    private async Task DropUnfinished(IEnumerable<MySqlAccount> accounts)
    {
        foreach (var account in accounts)
        {
            try
            {
                if ((await Definition(account, CancellationToken.None)).IsUnfinished)
                    await Execute($"DROP USER {account}", CancellationToken.None);
            }
            catch (Exception fault) when (fault is MySqlException or InvalidOperationException or FormatException)
            {
                // It stays unfinished: nobody logs in with it, and the next attempt goes on with it.
            }
        }
    }

    private async Task<IEnumerable<string>> Differences(MySqlAccount original, MySqlAccount clone, CancellationToken cancel)
    {
        var differences = new List<string>();
        var (first, second) = (await Items(original, cancel), await Items(clone, cancel));
        if (first.Except(second).ToList() is { Count: > 0 } lost)
            differences.Add($"{clone.User}@{clone.Host} lacks what {original.User} has: {Some(lost)}.");
        if (second.Except(first).ToList() is { Count: > 0 } more)
            differences.Add($"{clone.User}@{clone.Host} has what {original.User} lacks: {Some(more)}.");
        var (one, two) = (await Definition(original, cancel), await Definition(clone, cancel));
        if (one.Plugins != two.Plugins)
            differences.Add($"{clone.User}@{clone.Host} logs in by {two.Plugins}, {original.User} by {one.Plugins}.");
        if (one.Options != two.Options || one.DefaultRoles != two.DefaultRoles)
            differences.Add($"{clone.User}@{clone.Host} has other options ({two.Options}; default role {two.DefaultRoles ?? "none"}) than {original.User} ({one.Options}; default role {one.DefaultRoles ?? "none"}).");
        return differences;
    }

    private async Task<HashSet<string>> Items(MySqlAccount account, CancellationToken cancel) =>
        [.. (await Grants(account, cancel)).SelectMany(static g => g.Items)];

    /// <summary>
    /// All accounts of a name. The one that the server takes for this machine comes last, as far as its pattern tells (netmasks and second names of
    /// this machine do not): it matches, and is the most specific.
    /// </summary>
    private async Task<IReadOnlyList<MySqlAccount>> Accounts(string user, CancellationToken cancel)
    {
        // A role of MariaDB has no host.
        var hosts = await Column(
            $"SELECT Host FROM mysql.user WHERE BINARY User = {MySqlText.Literal(user)}{(_isMariaDb ? " AND is_role = 'N'" : "")} ORDER BY SUBSTRING_INDEX(USER(), '@', -1) LIKE Host, CHAR_LENGTH(REPLACE(Host, '%', '')), Host", cancel);
        return [.. hosts.Select(host => new MySqlAccount(user, host))];
    }

    private async Task<MySqlAccount> OwnAccount(CancellationToken cancel)
    {
        var own = (await Column("SELECT CURRENT_USER()", cancel))[0];
        var at = own.LastIndexOf('@');
        return new MySqlAccount(own[..at], own[(at + 1)..]);
    }

    /// <summary>The account of the session; where its password is expired, the server tells nothing, and the plugin is the one that the driver can do.</summary>
    private async Task<MySqlAccountDefinition> OwnDefinition(CancellationToken cancel)
    {
        try
        {
            return await Definition(await OwnAccount(cancel), cancel);
        }
        catch (MySqlException fault) when (MySqlTarget.IsAboutExpiry(fault))
        {
            return MySqlAccountDefinition.Parse("CREATE USER ``@``", new MySqlAccount("", ""), _isMariaDb);
        }
    }

    private async Task<MySqlAccountDefinition> Definition(MySqlAccount account, CancellationToken cancel)
    {
        if (!_isMariaDb)
            await TellHashesAsDigits(cancel);
        return MySqlAccountDefinition.Parse((await Column($"SHOW CREATE USER {account}", cancel))[0], account, _isMariaDb);
    }

    /// <summary>MySQL's hashes may have any bytes; as hexadecimal digits they can't be taken for quotes. 8.0.17 and later know how.</summary>
    private async Task TellHashesAsDigits(CancellationToken cancel)
    {
        try
        {
            await Execute("SET SESSION print_identified_with_as_hex = ON", cancel);
        }
        catch (MySqlException fault) when (fault.Number == UnknownVariable)
        {
            // The hashes of older ones are digits anyway, but for those of sha256_password.
        }
    }

    private async Task<IReadOnlyList<MySqlGrant>> Grants(MySqlAccount account, CancellationToken cancel) =>
        [.. (await Column($"SHOW GRANTS FOR {account}", cancel)).Select(line => MySqlGrant.Parse(line, account))];

    private async Task ExecuteWithPassword(Func<bool, string> statement, CancellationToken cancel)
    {
        try
        {
            await Execute(statement(_isMariaDb && await JudgesPasswords(cancel)), cancel);
        }
        catch (MySqlException fault) when (_isMariaDb && MySqlTarget.IsAboutHash(fault))
        {
            await Execute(statement(true), cancel);
        }
        catch (MySqlException fault) when (MySqlTarget.HasReasonInWarnings(fault))
        {
            if ((await Column("SHOW WARNINGS", cancel, column: 1)).Any(MySqlTarget.IsAboutRules))
                throw target.PasswordRefused(credential);
            throw;
        }
    }

    /// <summary>MariaDB with rules for passwords takes no hash, unless strict_password_validation is off.</summary>
    private async Task<bool> JudgesPasswords(CancellationToken cancel)
    {
        try
        {
            return await Column("SELECT @@global.strict_password_validation AND EXISTS (SELECT 1 FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE')", cancel) is ["1"];
        }
        catch (MySqlException fault) when (MySqlTarget.IsAboutExpiry(fault))
        {
            return false;
        }
    }

    private async Task Execute(string sql, CancellationToken cancel)
    {
        await using var command = Command(sql);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<IReadOnlyList<string>> Column(string sql, CancellationToken cancel, int column = 0)
    {
        await using var command = Command(sql);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var values = new List<string>();
        while (await reader.ReadAsync(cancel))
            values.Add(Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        return values;
    }

#pragma warning disable CA2100 // Statements about accounts take no parameters: MySqlText quotes.
    private MySqlCommand Command(string sql) => new(sql, connection);
#pragma warning restore CA2100
}
