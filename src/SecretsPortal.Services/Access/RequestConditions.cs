using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Access;

/// <summary>
/// The condition keys of a request: what is known of the caller, the call and the secret, and what the request itself asks for. They are put together
/// when a policy first asks for one; most policies never do.
/// </summary>
internal sealed class RequestConditions(CallContext call, Secret? secret, DateTimeOffset now, RecordedCall? op = null)
    : IReadOnlyDictionary<string, IReadOnlyList<string>>
{
    private IReadOnlyList<CallerTag> _tags = [];
    private Dictionary<string, IReadOnlyList<string>>? _all;

    /// <inheritdoc/>
    public int Count => All.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => All.Keys;

    /// <inheritdoc/>
    public IEnumerable<IReadOnlyList<string>> Values => All.Values;

    // Ordinal, as the engine wants it.
    private Dictionary<string, IReadOnlyList<string>> All => _all ??= Gathered();

    /// <summary>The values of a key; adds a key, in place of what is known of it.</summary>
    public IReadOnlyList<string> this[string key]
    {
        get => All[key];
        set => All[key] = value;
    }

    /// <summary>Adds the caller's tags.</summary>
    public void AddTags(IReadOnlyList<CallerTag> tags)
    {
        _tags = tags;
        if (_all is not null)
            Add(_all, tags);
    }

    /// <summary>Gives a key other values, whatever its case; none take it away.</summary>
    public void Replace(string key, IReadOnlyList<string> values)
    {
        // Case does not matter in condition keys, so what is given stands in for each way of writing it.
        foreach (var alike in All.Keys.Where(k => k.Equals(key, StringComparison.OrdinalIgnoreCase)).ToList())
            All.Remove(alike);
        if (values.Count > 0)
            All[key] = values;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => All.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out IReadOnlyList<string> value) => All.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, IReadOnlyList<string>>> GetEnumerator() => All.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// What an operation's request brings where all that may be left out is left out; see docs/aws-differences.md. For questions about requests
    /// that nobody has made.
    /// </summary>
    public static IEnumerable<(string Key, string Value)> DefaultsOf(string action) => action switch
    {
        SecretActions.GetSecretValue => [("secretsmanager:VersionStage", StagingLabels.Current)],
        SecretActions.DeleteSecret => [("secretsmanager:ForceDeleteWithoutRecovery", "false"), ("secretsmanager:RecoveryWindowInDays", "30")],
        SecretActions.RotateSecret => [("secretsmanager:ModifyRotationRules", "false"), ("secretsmanager:RotateImmediately", "true")],
        SecretActions.PutResourcePolicy => [("secretsmanager:BlockPublicPolicy", "false")],
        _ => [],
    };

    private Dictionary<string, IReadOnlyList<string>> Gathered()
    {
        var all = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["aws:RequestedRegion"] = [call.Region],
            ["aws:CurrentTime"] = [now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)],
            ["aws:EpochTime"] = [now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)],
        };
        AddCaller(all, call.Caller);
        if (IPAddress.TryParse(call.SourceAddress, out var address))
            all["aws:SourceIp"] = [(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()];
        if (call.IsSecure is { } isSecure)
            all["aws:SecureTransport"] = [isSecure ? "true" : "false"];
        if (secret is not null)
            AddSecret(all, secret);
        op?.AddConditionsTo(all);
        Add(all, _tags);
        return all;
    }

    private static void Add(Dictionary<string, IReadOnlyList<string>> context, IReadOnlyList<CallerTag> tags)
    {
        foreach (var tag in tags)
            context[$"aws:PrincipalTag/{tag.Key}"] = [tag.Value];
    }

    private static void AddCaller(Dictionary<string, IReadOnlyList<string>> context, Caller caller)
    {
        context["aws:PrincipalArn"] = [caller.Arn];
        context["aws:PrincipalAccount"] = [caller.Arn.Split(':') is [_, _, _, _, var account, ..] ? account : ""];
        // As the service has it: people and programs with keys of their own are users, what runs for the portal has taken on a role.
        context["aws:PrincipalType"] = [caller.Kind is CallerKind.User or CallerKind.Client ? "User" : "AssumedRole"];
        context["aws:userid"] = [caller.Id];
        context["aws:username"] = [caller.Name];
    }

    private static void AddSecret(Dictionary<string, IReadOnlyList<string>> context, Secret secret)
    {
        context["secretsmanager:Name"] = [secret.Name];
        if (secret.ReplicatedFrom is { } primaryRegion)
            context["secretsmanager:SecretPrimaryRegion"] = [primaryRegion];
        if (secret.Rotation?.FunctionArn is { } function)
            context["secretsmanager:resource/AllowRotationLambdaArn"] = [function];
        if (secret.PartnerType is { } partnerType)
            context["secretsmanager:resource/Type"] = [partnerType];
        foreach (var tag in secret.Tags ?? [])
        {
            context[$"aws:ResourceTag/{tag.Key}"] = [tag.Value];
            context[$"secretsmanager:ResourceTag/{tag.Key}"] = [tag.Value];
        }
    }
}
