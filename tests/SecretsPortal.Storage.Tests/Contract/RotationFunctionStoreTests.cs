using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class RotationFunctionStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    private const string Arn = "arn:aws:lambda:us-east-1:000000000000:function:rotate";

    private RotationFunctionStore Functions => new(Database);

    [Fact]
    public async Task A_function_comes_back_as_it_was_stored_with_its_caller_and_its_policy()
    {
        var process = Function("rotate", FunctionKind.Process);
        var endpoint = Function("elsewhere", FunctionKind.Endpoint);
        Assert.True(await Add(process));
        Assert.True(await Add(endpoint));

        Assert.Equivalent(process, await Functions.Find("rotate", Cancel), strict: true);
        Assert.Equivalent(endpoint, await Functions.Find("elsewhere", Cancel), strict: true);
        Assert.Null(await Functions.Find("Rotate", Cancel));
        Assert.Equal(["allow"], await Policies.FindAttached(process.Caller.Id, Cancel));
        Assert.Equal(["elsewhere", "rotate"], (await Functions.List("", null, 10, Cancel)).Select(f => f.Caller.Name));
        Assert.Equal(["rotate"], (await Functions.List("", "elsewhere", 10, Cancel)).Select(f => f.Caller.Name));
        Assert.Equal(["elsewhere"], (await Functions.List("else", null, 10, Cancel)).Select(f => f.Caller.Name));
    }

    [Fact]
    public async Task A_name_that_differs_in_case_alone_is_taken_and_nothing_is_added()
    {
        await Add(Function("rotate", FunctionKind.Webhook));
        Assert.False(await Functions.Add(Function("ROTATE", FunctionKind.Webhook), "allow", Samples.Audit(), Cancel));
        Assert.Null(await Callers.Find(CallerKind.Function, "ROTATE", Cancel));
        // Of another kind of caller the name may be.
        await AddClient("rotate");
    }

    [Fact]
    public async Task A_change_writes_all_that_may_change_and_raises_the_revision()
    {
        var function = Function("rotate", FunctionKind.Process);
        await Add(function);

        var changed = await Observed(audit => Functions.Change("rotate", before => new FunctionChange(
            before with
            {
                Caller = before.Caller with { Description = "other", IsDisabled = true }, Runtime = FunctionRuntime.Program, Folder = "b", Handler = null, Command = ["run", "it"],
                Variables = [], SealedKey = [9], MemoryMiB = 512, Timeout = TimeSpan.FromSeconds(5), AllowedSecrets = [],
            },
            audit), Cancel));

        Assert.Equal(1, changed!.Caller.Revision);
        Assert.Equivalent(changed, await Functions.Find("rotate", Cancel), strict: true);
        Assert.Null(await Functions.Change("nothing", before => new FunctionChange(before, Samples.Audit()), Cancel));
    }

    [Fact]
    public async Task A_function_that_a_secret_names_is_not_removed()
    {
        await Add(Function("rotate", FunctionKind.Webhook));
        var secret = Samples.Secret("db");
        await new KeyStore(Database).AddKey(Samples.Key(), Cancel);
        var change = Samples.WithValue(secret);
        Assert.True(await new SecretStore(Database).Create(change with { After = change.After with { Rotation = new RotationSettings { Enabled = false, FunctionArn = Arn } } }, Cancel));

        Assert.Equal(FunctionRemoval.InUse, await Observed(audit => Functions.Delete("rotate", [Arn, $"{Arn}2"], audit, Cancel), isRecorded: false));
        Assert.Equal([secret.Arn.ToString()], await Functions.FindSecrets([Arn], 10, Cancel));
        Assert.Equal(FunctionRemoval.Missing, await Functions.Delete("nothing", [Arn], Samples.Audit(), Cancel));
        Assert.Equal(FunctionRemoval.Removed, await Observed(audit => Functions.Delete("rotate", [$"{Arn}2"], audit, Cancel)));
        Assert.Null(await Functions.Find("rotate", Cancel));
        Assert.Null(await Callers.Find(CallerKind.Function, "rotate", Cancel));
    }

    [Fact]
    public async Task What_functions_are_used_for_counts_each_secret_once_and_leaves_out_those_that_no_secret_names()
    {
        const string other = $"{Arn}2";
        await new KeyStore(Database).AddKey(Samples.Key(), Cancel);
        var first = await Rotated("first", Arn);
        var second = await Rotated("second", Arn);
        await Rotated("third", other);
        await Rotated("by the portal itself", functionArn: null);

        Assert.Empty(await Functions.FindUses([], Cancel));
        Assert.Empty(await Functions.FindUses([$"{Arn}3"], Cancel));
        Assert.Equal([(Arn, 2L, (string?)null)], await Uses(Arn));

        await Start(first, Samples.V2, Now);
        await Start(second, Samples.V2, Now.AddMinutes(1));
        var newest = await Start(first, Samples.V3, Now.AddMinutes(2));

        Assert.Equal([(Arn, 2L, (string?)newest), (other, 1L, (string?)null)], await Uses(other, Arn, $"{Arn}3"));

        async Task<Secret> Rotated(string name, string? functionArn)
        {
            var secret = Samples.Secret(name);
            var change = Samples.WithValue(secret);
            var rotated = change.After with { Rotation = new RotationSettings { Enabled = true, FunctionArn = functionArn } };
            Assert.True(await new SecretStore(Database).Create(change with { After = rotated }, Cancel));
            return secret;
        }

        async Task<string> Start(Secret secret, string token, DateTimeOffset at)
        {
            var run = Samples.Run(secret, token, at);
            await new SecretStore(Database).Change(
                secret.Id, before => new SecretChange(before, Samples.Audit("secretsmanager:RotateSecret")) { AbandonOpenRun = true, StartRun = run }, Cancel);
            return run.RunId;
        }

        async Task<IEnumerable<(string Arn, long Secrets, string? LastRunId)>> Uses(params string[] arns) =>
            (await Functions.FindUses(arns, Cancel)).OrderBy(use => use.FunctionArn, StringComparer.Ordinal).Select(use => (use.FunctionArn, use.Secrets, use.LastRunId));
    }

    private async Task<bool> Add(StoredFunction function)
    {
        if (await Policies.Find("allow", Cancel) is null)
            await AddPolicy("allow");
        return await Observed(audit => Functions.Add(function, "allow", audit, Cancel));
    }

    private static StoredFunction Function(string name, FunctionKind kind) => new()
    {
        Caller = new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.Function, Name = name, Description = "of the tests", CreatedAt = Now },
        Kind = kind,
        Runtime = kind == FunctionKind.Process ? FunctionRuntime.Python3 : null,
        Folder = kind == FunctionKind.Process ? "a/b" : null,
        Handler = kind == FunctionKind.Process ? "handler.run" : null,
        Variables = kind == FunctionKind.Process ? [new FunctionVariable("NAME", "värde \"<>\"")] : [],
        Url = kind == FunctionKind.Process ? null : "https://functions.example/x",
        RemoteName = kind == FunctionKind.Endpoint ? "there" : null,
        RemoteRegion = kind == FunctionKind.Endpoint ? "eu-central-1" : null,
        RemoteAccessKeyId = kind == FunctionKind.Endpoint ? "AKIA1" : null,
        SealedKey = kind == FunctionKind.Process ? null : [1, 2, 3],
        MemoryMiB = kind == FunctionKind.Process ? 256 : 0,
        Timeout = TimeSpan.FromSeconds(30),
        AllowedSecrets = ["prod/*", "db"],
    };
}

public sealed class RotationFunctionStoreOnSqlite() : RotationFunctionStoreTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task What_functions_are_used_for_is_found_by_an_index() => Assert.Contains(
        "SEARCH s USING INDEX ix_rotation_schedule_function (function_lead=?)", await Database.Plan(RotationFunctionStore.SelectUses.Many, Cancel));
}

public sealed class RotationFunctionStoreOnSqlServer() : RotationFunctionStoreTests(DatabaseProvider.SqlServer);
