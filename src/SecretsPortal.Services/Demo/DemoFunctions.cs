using System.Text.Json;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Demo;

/// <summary>
/// Answers for rotation functions of the demonstration, whose addresses are nobody's: with the credentials of the event it puts the new value that
/// a function would, through the same service. Processes are started for real once the filling is over.
/// </summary>
internal sealed class DemoFunctions(IFunctionInvoker real, DemoClock clock, IServiceProvider services) : IFunctionInvoker
{
    /// <inheritdoc/>
    public FunctionKind Kind => real.Kind;

    /// <inheritdoc/>
    public async Task<InvocationResult> Invoke(StoredFunction function, SecretText? key, FunctionCall call, CancellationToken cancel)
    {
        if (Kind == FunctionKind.Process && !clock.IsFilling)
            return await real.Invoke(function, key, call, cancel);
        using var json = JsonDocument.Parse(call.Event.Reveal());
        var member = json.RootElement.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.ToString(), StringComparer.Ordinal);
        var (step, secretId) = (member.GetValueOrDefault("Step"), member.GetValueOrDefault("SecretId"));
        if (clock.IsFilling)
            clock.Pass(TimeSpan.FromMilliseconds(420 + (function.Caller.Name.Length * 31)));
        else
            await Task.Delay(TimeSpan.FromSeconds(1), cancel);
        if (step == "createSecret" && secretId is not null)
            await Put(function, call, secretId, member, cancel);
        return InvocationResult.Success($"START {function.Caller.Name} {step ?? "test event"}\n{What(step)}\nEND {function.Caller.Name}: this answer is the demonstration's, nobody was called\n");
    }

    private async Task Put(StoredFunction function, FunctionCall call, string secretId, Dictionary<string, string> member, CancellationToken cancel)
    {
        var options = services.Get<PortalOptions>();
        var caller = CallerArn.CallerOf(function.Caller, options.AccountId, call.Access.AccessKeyId, call.Region);
        var context = new CallContext(caller, call.Region, "10.20.4.17", Guid.CreateVersion7(clock.GetUtcNow()).ToString());
        var value = DemoValues.Json(
            ("account", function.Caller.Name), ("token", RandomPassword.Generate(new RandomPasswordOptions { Length = 40, ExcludePunctuation = true }, services.Get<FillRandom>()).Reveal()));
        await services.Get<SecretWriter>().PutValue(
            context, new PutSecretValueRequest(secretId, member["ClientRequestToken"], value, ["AWSPENDING"]) { RotationToken = new SecretText(member["RotationToken"]) }, cancel);
    }

    private static string What(string? step) => step switch
    {
        "createSecret" => "put a new value under AWSPENDING",
        "setSecret" => "the partner's interface took the new token (HTTP 204)",
        "testSecret" => "GET /v2/me with the new token: HTTP 200",
        "finishSecret" => "the old token is void in an hour",
        _ => "no step of a rotation: nothing to do",
    };
}
