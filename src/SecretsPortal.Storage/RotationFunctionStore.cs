using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>How a function shall be afterwards, with the record of the change.</summary>
/// <param name="After">The function; its caller's id, kind and name, and its own kind, stay.</param>
/// <param name="Audit">Committed with it.</param>
public sealed record FunctionChange(StoredFunction After, AuditRecord Audit);

/// <summary>Why a function was not removed.</summary>
public enum FunctionRemoval
{
    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Secrets name it.</summary>
    InUse,
}

/// <summary>What a function is used for.</summary>
public sealed record FunctionUse
{
    /// <summary>One of its ARNs.</summary>
    public string FunctionArn { get; init; } = "";

    /// <summary>How many secrets, deleted ones among them, name it.</summary>
    public long Secrets { get; init; }

    /// <summary>The newest run of one of them; null where none has run.</summary>
    public string? LastRunId { get; init; }
}

/// <summary>Rotation functions: a caller each, and how it is called. <see cref="CallerStore"/> finds the callers alone.</summary>
public sealed class RotationFunctionStore(Database database)
{
    private const string Columns = """
        f.runtime, f.kind AS function_kind, f.folder, f.handler, f.command, f.variables, f.url, f.remote_name, f.remote_region, f.remote_access_key_id, f.sealed_key,
          f.memory_mib, f.timeout_seconds, f.allowed_secrets
        """;

    private const string From = "FROM rotation_function f JOIN caller c ON c.id = f.caller_id";

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Sql s_select = Sql.Of($"SELECT {CallerRow.Columns}, {Columns} {From} WHERE c.kind = 'Function' AND c.name = @name");

    private static readonly Sql s_selectPage = Sql.Of($"""
        SELECT {CallerRow.Columns}, {Columns} {From}
        WHERE c.kind = 'Function' AND c.name > @after AND c.name >= @prefix AND (@prefixEnd IS NULL OR c.name < @prefixEnd)
        ORDER BY c.name
        {"{limit}"}
        """);

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO rotation_function (caller_id, kind, runtime, folder, handler, command, variables, url, remote_name, remote_region, remote_access_key_id,
          sealed_key, memory_mib, timeout_seconds, allowed_secrets)
        VALUES (@CallerId, @FunctionKind, @Runtime, @Folder, @Handler, @Command, @Variables, @Url, @RemoteName, @RemoteRegion, @RemoteAccessKeyId,
          @SealedKey, @MemoryMib, @TimeoutSeconds, @AllowedSecrets)
        """);

    private static readonly Sql s_update = Sql.Of("""
        UPDATE rotation_function
        SET runtime = @Runtime, folder = @Folder, handler = @Handler, command = @Command, variables = @Variables, url = @Url, remote_name = @RemoteName,
          remote_region = @RemoteRegion, remote_access_key_id = @RemoteAccessKeyId, sealed_key = @SealedKey, memory_mib = @MemoryMib,
          timeout_seconds = @TimeoutSeconds, allowed_secrets = @AllowedSecrets
        WHERE caller_id = @CallerId
        """);

    // function_lead is the beginning of function_arn, longer than any ARN of a function that there is.
    private static readonly SqlByIds s_selectSecrets = SqlByIds.Of("""
        SELECT s.arn FROM rotation_schedule r JOIN secret s ON s.id = r.secret_id
        WHERE r.function_lead IN ({ids})
        ORDER BY s.arn
        {limit}
        """);

    // Ids of runs rise with time.
    internal static readonly SqlByIds SelectUses = SqlByIds.Of("""
        SELECT s.function_lead AS FunctionArn, COUNT(DISTINCT s.secret_id) AS Secrets, MAX(r.id) AS LastRunId
        FROM rotation_schedule s LEFT JOIN rotation_run r ON r.secret_id = s.secret_id
        WHERE s.function_lead IN ({ids})
        GROUP BY s.function_lead
        """);

    /// <summary>Finds by name; null where there is none.</summary>
    public Task<StoredFunction?> Find(string name, CancellationToken cancel) => database.Read(session => Find(session, name), cancel);

    /// <summary>A page of the functions, by name, as <see cref="CallerStore.List"/> lists callers.</summary>
    public Task<IReadOnlyList<StoredFunction>> List(string prefix, string? after, int limit, CancellationToken cancel) =>
        database.Read<IReadOnlyList<StoredFunction>>(
            async session =>
            {
                var rows = await session.Query<Row>(s_selectPage, new { prefix, prefixEnd = NamePage.End(prefix), after = after ?? "", limit = (long)limit });
                return [.. rows.Select(row => row.ToFunction())];
            },
            cancel);

    /// <summary>The ARNs of secrets, deleted ones among them, that name one of these ARNs as their function; at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<string>> FindSecrets(IReadOnlyList<string> functionArns, int limit, CancellationToken cancel) =>
        database.Read(session => FindSecrets(session, functionArns, limit), cancel);

    /// <summary>What functions are used for, by their ARNs; those that no secret names are left out.</summary>
    public Task<IReadOnlyList<FunctionUse>> FindUses(IReadOnlyList<string> functionArns, CancellationToken cancel) => database.Read<IReadOnlyList<FunctionUse>>(
        async session =>
        {
            if (functionArns.Count == 0)
                return [];
            var (sql, parameters) = SelectUses.With(functionArns);
            return await session.Query<FunctionUse>(sql, parameters);
        },
        cancel);

    /// <summary>
    /// Adds a function with its caller, which the policy is attached to; false, and nothing added, where the name, or one that differs in
    /// case alone, exists already.
    /// </summary>
    public Task<bool> Add(StoredFunction function, string policyName, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("A name", function.Caller.Name);
        return AccessChanges.Add(
            database, session => CallerChanges.IsTaken(session, CallerKind.Function, function.Caller.Name),
            async session =>
            {
                await CallerChanges.Insert(session, function.Caller, []);
                await session.Execute(s_insert, Row.Of(function));
                await PolicyStore.Attach(session, function.Caller.Id, policyName);
            },
            audit, cancel);
    }

    /// <summary>Changes a function, as <see cref="UserStore.Change"/> does a user; null where there is none.</summary>
    public Task<StoredFunction?> Change(string name, Func<StoredFunction, FunctionChange> decide, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await Find(session, name) is not { } before || await CallerChanges.Load(session, CallerKind.Function, before.Caller.Id) is null)
                return null;
            // Read again under the lock of its caller.
            before = (await Find(session, name))!;
            var change = decide(before);
            var after = change.After with { Caller = change.After.Caller with { Revision = before.Caller.Revision + 1 } };
            if (after.Kind != before.Kind)
                throw new ArgumentException("A function keeps its kind.", nameof(decide));
            await CallerChanges.Update(session, before.Caller, after.Caller);
            await session.Execute(s_update, Row.Of(after));
            await AuditStore.Insert(session, change.Audit);
            return after;
        },
        cancel);

    /// <summary>Removes a function with its caller unless a secret names one of its ARNs.</summary>
    public Task<FunctionRemoval> Delete(string name, IReadOnlyList<string> functionArns, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await Find(session, name) is not { } function)
                return FunctionRemoval.Missing;
            if ((await FindSecrets(session, functionArns, 1)).Count > 0)
                return FunctionRemoval.InUse;
            await CallerChanges.Remove(session, function.Caller.Id);
            await AuditStore.Insert(session, audit);
            return FunctionRemoval.Removed;
        },
        cancel);

    private static async Task<StoredFunction?> Find(Session session, string name) =>
        await session.First<Row>(s_select, new { name }) is { } row && row.Name == name ? row.ToFunction() : null;

    private static Task<IReadOnlyList<string>> FindSecrets(Session session, IReadOnlyList<string> functionArns, int limit)
    {
        var (sql, parameters) = s_selectSecrets.With(functionArns);
        parameters["limit"] = (long)limit;
        return session.Query<string>(sql, parameters);
    }

    private sealed record Row : CallerRow
    {
        public string CallerId { get; init; } = "";

        public string FunctionKind { get; init; } = "";

        public string? Runtime { get; init; }

        public string? Folder { get; init; }

        public string? Handler { get; init; }

        public string Command { get; init; } = "";

        public string Variables { get; init; } = "";

        public string? Url { get; init; }

        public string? RemoteName { get; init; }

        public string? RemoteRegion { get; init; }

        public string? RemoteAccessKeyId { get; init; }

        public byte[]? SealedKey { get; init; }

        public long MemoryMib { get; init; }

        public long TimeoutSeconds { get; init; }

        public string AllowedSecrets { get; init; } = "";

        public static object Of(StoredFunction function) => new
        {
            CallerId = function.Caller.Id,
            FunctionKind = function.Kind.ToString(),
            Runtime = function.Runtime?.ToString(),
            function.Folder,
            function.Handler,
            Command = Write("command", function.Command),
            Variables = Write("variables", function.Variables),
            function.Url,
            function.RemoteName,
            function.RemoteRegion,
            function.RemoteAccessKeyId,
            function.SealedKey,
            MemoryMib = (long)function.MemoryMiB,
            TimeoutSeconds = (long)function.Timeout.TotalSeconds,
            AllowedSecrets = Write("allowedSecrets", function.AllowedSecrets),
        };

        public StoredFunction ToFunction() => new()
        {
            Caller = ToCaller(),
            Kind = Stored.Member<FunctionKind>(FunctionKind),
            Runtime = Runtime is null ? null : Stored.Member<FunctionRuntime>(Runtime),
            Folder = Folder,
            Handler = Handler,
            Command = JsonSerializer.Deserialize<IReadOnlyList<string>>(Command)!,
            Variables = JsonSerializer.Deserialize<IReadOnlyList<FunctionVariable>>(Variables)!,
            Url = Url,
            RemoteName = RemoteName,
            RemoteRegion = RemoteRegion,
            RemoteAccessKeyId = RemoteAccessKeyId,
            SealedKey = SealedKey,
            MemoryMiB = (int)MemoryMib,
            Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
            AllowedSecrets = JsonSerializer.Deserialize<IReadOnlyList<string>>(AllowedSecrets)!,
        };

        private static string Write<T>(string field, IReadOnlyList<T> list)
        {
            const int longest = 4000;
            var text = JsonSerializer.Serialize(list, s_json);
            return text.Length <= longest ? text : throw new PortalException(PortalError.Validation, $"{field} is too long: written as JSON it may have {longest} characters at most.");
        }
    }
}
