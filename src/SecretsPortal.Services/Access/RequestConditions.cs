using System.Globalization;
using System.Net;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>The condition keys of a request: what is known of the caller, the call and the secret. What the request itself asks for, its operation adds.</summary>
internal static class RequestConditions
{
    /// <summary>Of a call at a time.</summary>
    public static Dictionary<string, IReadOnlyList<string>> Of(CallContext call, Secret? secret, DateTimeOffset now)
    {
        var context = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["aws:RequestedRegion"] = [call.Region],
            ["aws:CurrentTime"] = [now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)],
            ["aws:EpochTime"] = [now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)],
        };
        AddCaller(context, call.Caller);
        if (IPAddress.TryParse(call.SourceAddress, out var address))
            context["aws:SourceIp"] = [(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()];
        if (call.IsSecure is { } isSecure)
            context["aws:SecureTransport"] = [isSecure ? "true" : "false"];
        if (secret is not null)
            AddSecret(context, secret);
        return context;
    }

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

    /// <summary>Adds the caller's tags.</summary>
    public static void AddTags(Dictionary<string, IReadOnlyList<string>> context, IReadOnlyList<CallerTag> tags)
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
