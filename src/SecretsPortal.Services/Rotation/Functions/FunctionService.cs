using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>
/// Rotation functions. Each is in every region that the portal serves, by an ARN of that region, and calls the API as a caller of its own that may
/// do what the policy <see cref="FunctionCredentials.PolicyName"/> says.
/// </summary>
public sealed class FunctionService
{
    private const int MostSecrets = 100;
    private const int LongestTestEvent = 8192;

    private readonly AccessAdministration _access;
    private readonly RotationFunctionStore _functions;
    private readonly RotationStore _rotations;
    private readonly FunctionKeys _keys;
    private readonly FunctionCaller _caller;
    private readonly FunctionCredentials _credentials;
    private readonly ManagedPolicies _policies;
    private readonly FormerPrincipals _former;
    private readonly RotatorRegistry _rotators;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal FunctionService(
        AccessAdministration access, RotationFunctionStore functions, RotationStore rotations, FunctionKeys keys, FunctionCaller caller, FunctionCredentials credentials,
        ManagedPolicies policies, FormerPrincipals former, RotatorRegistry rotators, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _access = access;
        _functions = functions;
        _rotations = rotations;
        _keys = keys;
        _caller = caller;
        _credentials = credentials;
        _policies = policies;
        _former = former;
        _rotators = rotators;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>A page of the functions, by name.</summary>
    public async Task<FunctionPage> List(CallContext call, NameQuery query, CancellationToken cancel)
    {
        var (rows, next) = await _access.List(
            call, PortalActions.ListFunctions, "functions", query, (prefix, after, limit) => _functions.List(prefix, after, limit, cancel),
            function => function.Caller.Name, cancel);
        var summaries = new List<FunctionSummary>();
        foreach (var function in rows)
        {
            var (secrets, run) = await Use(function.Caller.Name, cancel);
            summaries.Add(new FunctionSummary
            {
                Id = function.Caller.Id,
                Name = function.Caller.Name,
                Arn = ArnOf(function.Caller.Name, call.Region),
                Kind = Enum.Parse<RotationFunctionKind>(function.Kind.ToString()),
                Description = function.Caller.Description,
                IsDisabled = function.Caller.IsDisabled,
                CreatedAt = function.Caller.CreatedAt,
                SecretCount = secrets,
                LastRunAt = run?.CreatedAt,
                LastRunState = run?.State,
            });
        }

        return new FunctionPage(summaries, next);
    }

    /// <summary>The functions by name that are enabled and permit a secret of this name (action <c>secretsportal:ListFunctions</c>, once for each 100).</summary>
    public async Task<IReadOnlyList<FunctionChoice>> Permitting(CallContext call, string secretName, CancellationToken cancel)
    {
        var permitting = new List<FunctionChoice>();
        string? next = null;
        do
        {
            (var rows, next) = await _access.List(
                call, PortalActions.ListFunctions, "functions", new NameQuery { Limit = AccessRules.MostResults, NextToken = next },
                (prefix, after, limit) => _functions.List(prefix, after, limit, cancel), function => function.Caller.Name, cancel);
            permitting.AddRange(rows.Where(function => !function.Caller.IsDisabled && FunctionRules.Permits(function, secretName)).Select(function => new FunctionChoice(
                function.Caller.Name, ArnOf(function.Caller.Name, call.Region), Enum.Parse<RotationFunctionKind>(function.Kind.ToString()))));
        }
        while (next is not null);
        return permitting;
    }

    /// <summary>One function, with the secrets that name it.</summary>
    public Task<FunctionDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetFunction, name, async _ => await Detail(await Find(name, cancel), call.Region, cancel), cancel);

    /// <summary>Registers a function. A webhook's key is made and given back once.</summary>
    public Task<NewFunction> Create(CallContext call, string name, RotationFunctionKind kind, FunctionSettings settings, CancellationToken cancel) =>
        On(call, PortalActions.CreateFunction, name, async op =>
        {
            Names.Function("name", name);
            var now = _access.Now;
            var caller = new StoredCaller { Id = AccessRules.NewId(now), Kind = CallerKind.Function, Name = name, CreatedAt = now };
            var function = FunctionRules.Apply(new StoredFunction { Caller = caller, Kind = Enum.Parse<FunctionKind>(kind.ToString()) }, settings);
            if (kind == RotationFunctionKind.Endpoint && settings.Endpoint!.SecretAccessKey is null)
                throw AccessRules.Broken("endpoint.secretAccessKey is required.");
            if (kind == RotationFunctionKind.Process && _options.Functions.Directory is null)
                throw new PortalException(PortalError.InvalidRequest,
                    "This portal starts no processes: Portal:Functions:Directory names no folder. Set it where the portal runs, and put the function's code below it.");
            if (_rotators.Find(name) is not null)
                throw new PortalException(PortalError.ResourceExists, "A rotator that comes with the portal has this name. Choose another one.");
            foreach (var region in _options.Regions)
                await _former.RefuseNamed(ArnOf(name, region), cancel);

            var webhookKey = kind == RotationFunctionKind.Webhook ? _keys.NewWebhookKey() : (SecretText?)null;
            if ((webhookKey ?? settings.Endpoint?.SecretAccessKey) is { } key)
                function = function with { SealedKey = await _keys.Seal(caller.Id, SecretHalf(kind, key), cancel) };
            await _policies.Ensure(FunctionCredentials.ManagedPolicy, cancel);
            op.Detail = Describe(function);
            if (!await _functions.Add(function, FunctionCredentials.PolicyName, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists, "A function of this name, or of one that differs in case alone, is there already. Choose another one.");
            op.IsRecorded = true;
            return new NewFunction(await Detail(function, call.Region, cancel), webhookKey);
        }, cancel);

    /// <summary>Replaces what can be changed; <see cref="PortalError.PreconditionNotMet"/> where somebody else did meanwhile.</summary>
    public Task<FunctionDetail> Update(CallContext call, string name, FunctionSettings settings, CancellationToken cancel) =>
        On(call, PortalActions.UpdateFunction, name, async op =>
        {
            var function = await Find(name, cancel);
            var isOtherKey = settings.Endpoint is { } endpoint && endpoint.AccessKeyId != function.RemoteAccessKeyId;
            FunctionRules.Apply(function, settings);
            if (isOtherKey && settings.Endpoint!.SecretAccessKey is null)
                throw AccessRules.Broken("endpoint.secretAccessKey is required: the access key is another one.");
            var isOtherPlace = settings.Endpoint is not null && settings.Endpoint.Url != function.Url;
            if (isOtherPlace && settings.Endpoint!.SecretAccessKey is null)
                throw AccessRules.Broken("endpoint.secretAccessKey is required: the address is another one, and a key is not sent elsewhere than its owner said.");
            var sealedKey = settings.Endpoint?.SecretAccessKey is { } key
                ? await _keys.Seal(function.Caller.Id, SecretHalf(RotationFunctionKind.Endpoint, key), cancel)
                : null;
            var after = await _functions.Change(name, before =>
            {
                AccessRules.Revision(settings.Revision, before.Caller.Revision);
                var changed = FunctionRules.Apply(before, settings);
                op.Detail = Describe(changed);
                return new FunctionChange(sealedKey is null ? changed : changed with { SealedKey = sealedKey }, _recorder.Success(op));
            }, cancel) ?? throw Missing();
            op.IsRecorded = true;
            return await Detail(after, call.Region, cancel);
        }, cancel);

    /// <summary>Makes a webhook's key anew and gives it back once; the former one is void at once.</summary>
    public Task<NewFunction> RenewKey(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.UpdateFunction, name, async op =>
        {
            var function = await Find(name, cancel);
            if (function.Kind != FunctionKind.Webhook)
                throw new PortalException(PortalError.InvalidRequest, $"The function is of the kind {function.Kind}, and only webhooks have such a key.");
            var key = _keys.NewWebhookKey();
            var sealedKey = await _keys.Seal(function.Caller.Id, key, cancel);
            op.Detail = "a new signing key";
            var after = await _functions.Change(name, before => new FunctionChange(before with { SealedKey = sealedKey }, _recorder.Success(op)), cancel) ?? throw Missing();
            op.IsRecorded = true;
            return new NewFunction(await Detail(after, call.Region, cancel), key);
        }, cancel);

    /// <summary>Deletes a function that no secret names; <see cref="PortalError.InvalidRequest"/> otherwise.</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeleteFunction, name, async op =>
        {
            switch (await _functions.Delete(name, ArnsOf(name), _recorder.Success(op), cancel))
            {
                case FunctionRemoval.Missing:
                    throw Missing();
                case FunctionRemoval.InUse:
                    var secrets = await _functions.FindSecrets(ArnsOf(name), 3, cancel);
                    throw new PortalException(PortalError.InvalidRequest,
                        $"Secrets are rotated by this function, {string.Join(", ", secrets)} among them. Rotate them with another one first, or delete them for good; to stop it at once, disable it.");
                default:
                    return op.IsRecorded = true;
            }
        }, cancel);

    /// <summary>
    /// Gives the function an event that is no rotation's. The credentials that come with it reach no secret, so the function shows that it starts, or
    /// is reached, and answers.
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="name">The function.</param>
    /// <param name="payload">A JSON object of at most 8,192 characters; null for an event of a secret that there is not.</param>
    /// <param name="cancel">Ends the call.</param>
    public Task<FunctionTest> Test(CallContext call, string name, JsonElement? payload, CancellationToken cancel) =>
        On(call, PortalActions.TestFunction, name, async op =>
        {
            var function = await Find(name, cancel);
            if (function.Caller.IsDisabled)
                throw new PortalException(PortalError.InvalidRequest, "The function is disabled. Enable it first.");
            var text = payload is { } given ? given.GetRawText() : FunctionCall.EventOf(
                RotationStep.TestSecret, $"arn:aws:secretsmanager:{call.Region}:{_options.AccountId}:secret:test-of-a-function-000000",
                Guid.CreateVersion7(_clock.GetUtcNow()).ToString(), new SecretText("")).Reveal();
            if (payload is { ValueKind: not JsonValueKind.Object } || text.Length > LongestTestEvent)
                throw AccessRules.Broken($"event must be a JSON object of at most {LongestTestEvent} characters.");
            var access = await _credentials.IssueForTest(function.Caller, cancel);
            var began = _clock.GetTimestamp();
            var result = await _caller.Call(
                function, call.Region, new SecretText(text), rotationToken: null, access, static () => Task.FromResult<IReadOnlyList<SecretValue>>([]), cancel);
            var took = (long)_clock.GetElapsedTime(began).TotalMilliseconds;
            op.Detail = result.Succeeded ? "the function answered" : "the function failed";
            return new FunctionTest(result.Succeeded, result.ErrorType, result.ErrorMessage, result.Log, took);
        }, cancel);

    /// <summary>
    /// Whether the function and a secret agree, from both sides (action <c>secretsportal:GetFunction</c>, and <c>secretsmanager:DescribeSecret</c> on the secret).
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="name">The function.</param>
    /// <param name="secret">The secret, as DescribeSecret gave it to the caller.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<FunctionAgreement> Compare(CallContext call, string name, Secret secret, CancellationToken cancel) =>
        On(call, PortalActions.GetFunction, name, async op =>
        {
            var function = await Find(name, cancel);
            op.Detail = $"permissions on {secret.Name}";
            return new FunctionAgreement
            {
                IsEnabled = !function.Caller.IsDisabled,
                IsPermitted = FunctionRules.Permits(function, secret.Name),
                IsNamed = secret.Rotation?.FunctionArn == ArnOf(name, secret.Arn.Region),
                Named = secret.Rotation?.FunctionArn,
                IsDeleted = secret.DeletedAt is not null,
            };
        }, cancel);

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _access.On(call, action, name, of => ArnOf(of, call.Region), body, cancel);

    private async Task<StoredFunction> Find(string name, CancellationToken cancel) => await _functions.Find(name, cancel) ?? throw Missing();

    private static PortalException Missing() => new(PortalError.ResourceNotFound, "There is no rotation function of this name.");

    private string ArnOf(string name, string region) => CallerArn.Of(CallerKind.Function, name, _options.AccountId, region);

    private IReadOnlyList<string> ArnsOf(string name) => [.. _options.Regions.Select(region => ArnOf(name, region))];

    // Of access keys elsewhere no more is known than that they are ASCII; what is made here is left as it is.
    private static SecretText SecretHalf(RotationFunctionKind kind, SecretText key) =>
        kind != RotationFunctionKind.Endpoint || (key.Reveal().Length is >= 16 and <= 256 && key.Reveal().All(c => c is > ' ' and <= '~'))
            ? key
            : throw AccessRules.Broken("endpoint.secretAccessKey must have 16 to 256 printable ASCII characters without blanks.");

    private static string Describe(StoredFunction function) => function.Kind switch
    {
        FunctionKind.Process => $"process in {function.Folder}, for {Join(function)}{Disabled(function)}",
        _ => $"{function.Kind.ToString().ToLowerInvariant()} at {new Uri(function.Url!).Authority}, for {Join(function)}{Disabled(function)}",
    };

    private static string Join(StoredFunction function) => function.AllowedSecrets.Count == 0 ? "no secret" : string.Join(", ", function.AllowedSecrets);

    private static string Disabled(StoredFunction function) => function.Caller.IsDisabled ? ", disabled" : "";

    // How many secrets of all regions name it, and the newest run of one of them.
    private async Task<(long Secrets, RotationRun? Run)> Use(string name, CancellationToken cancel)
    {
        var uses = await _functions.FindUses(ArnsOf(name), cancel);
        var newest = uses.Select(use => use.LastRunId).Max(StringComparer.Ordinal);
        return (uses.Sum(use => use.Secrets), newest is null ? null : await _rotations.Find(newest, cancel));
    }

    private async Task<FunctionDetail> Detail(StoredFunction function, string region, CancellationToken cancel)
    {
        var (secrets, run) = await Use(function.Caller.Name, cancel);
        return new FunctionDetail
        {
            Id = function.Caller.Id,
            Name = function.Caller.Name,
            Arn = ArnOf(function.Caller.Name, region),
            Kind = Enum.Parse<RotationFunctionKind>(function.Kind.ToString()),
            Description = function.Caller.Description,
            IsDisabled = function.Caller.IsDisabled,
            CreatedAt = function.Caller.CreatedAt,
            SecretCount = secrets,
            LastRunAt = run?.CreatedAt,
            LastRunState = run?.State,
            Process = function.Kind != FunctionKind.Process ? null : new ProcessSettings
            {
                Runtime = Enum.Parse<ProcessRuntime>(function.Runtime!.Value.ToString()),
                Folder = function.Folder!,
                Handler = function.Handler,
                Command = function.Command.Count == 0 ? null : function.Command,
                Variables = function.Variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal),
                MemoryMiB = function.MemoryMiB,
            },
            Endpoint = function.Kind != FunctionKind.Endpoint ? null : new EndpointSettings
            {
                Url = function.Url!, RemoteName = function.RemoteName, Region = function.RemoteRegion!, AccessKeyId = function.RemoteAccessKeyId!,
            },
            Webhook = function.Kind != FunctionKind.Webhook ? null : new WebhookSettings(function.Url!),
            TimeoutSeconds = (int)function.Timeout.TotalSeconds,
            AllowedSecrets = function.AllowedSecrets,
            Secrets = await _functions.FindSecrets(ArnsOf(function.Caller.Name), MostSecrets, cancel),
            Revision = function.Caller.Revision,
        };
    }
}
