using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>Calls functions of every kind, and gives back what they said without the secrets that are known.</summary>
internal sealed class FunctionCaller(IEnumerable<IFunctionInvoker> invokers, FunctionKeys keys, IPortalAddress address, PortalOptions options)
{
    private const int LongestType = 128;
    private const int LongestMessage = 600;

    /// <summary>Calls.</summary>
    /// <param name="function">The function.</param>
    /// <param name="region">Where its ARN is of.</param>
    /// <param name="payload">The event.</param>
    /// <param name="rotationToken">The event's, which is scrubbed too; null without one.</param>
    /// <param name="access">What it may use.</param>
    /// <param name="values">The values that it may have seen, as they are afterwards.</param>
    /// <param name="cancel">Ends the call.</param>
    public async Task<InvocationResult> Call(
        StoredFunction function, string region, SecretText payload, SecretText? rotationToken, TemporaryAccess access,
        Func<Task<IReadOnlyList<SecretValue>>> values, CancellationToken cancel)
    {
        if ((options.Functions.Endpoint ?? address.Loopback) is not { } endpoint)
            return InvocationResult.Fault(
                "The function could not be told where the portal is: the portal listens on no address of this machine's own loopback. Set Portal:Functions:Endpoint to the portal's address.", "", isFinal: true);
        var key = await keys.Open(function, cancel);
        var call = new FunctionCall(CallerArn.Of(function.Caller.Kind, function.Caller.Name, options.AccountId, region), payload, region, access, endpoint);
        // What the function may see before it ends, and it may see an old value that it replaces.
        var before = await values();
        var result = await invokers.Single(invoker => invoker.Kind == function.Kind).Invoke(function, key, call, cancel);
        var scrubber = new Scrubber();
        foreach (var secret in (SecretText?[])[key, rotationToken, access.SecretAccessKey, access.SessionToken])
            scrubber.Add(secret?.Reveal());
        foreach (var value in before.Concat(await values()))
            scrubber.Add(value);
        return result with
        {
            ErrorType = result.ErrorType is null ? null : OneLine(scrubber.Scrub(result.ErrorType), LongestType),
            ErrorMessage = result.ErrorMessage is null ? null : OneLine(scrubber.Scrub(result.ErrorMessage), LongestMessage),
            Log = Printable(scrubber.ScrubLog(result.Log)),
        };
    }

    private static string OneLine(string text, int longest)
    {
        var line = string.Join(' ', Printable(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= longest ? line : line[..(longest - 1)] + "…";
    }

    // Control characters could move the cursor of a terminal that shows them; halves of characters are none at all.
    private static string Printable(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) || rune.Value is '\n' or '\t')
                clean.Append(rune);
        }

        return clean.ToString();
    }
}
