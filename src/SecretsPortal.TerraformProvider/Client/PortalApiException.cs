using SecretsPortal.TerraformProvider.Schemas;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>The portal refused a call, or could not be reached.</summary>
/// <param name="operation">The API's operation.</param>
/// <param name="code">The API's error name, such as <c>ResourceNotFoundException</c>, or one of the constants here.</param>
/// <param name="message">The portal's words; they never hold a secret value.</param>
/// <param name="requestId">The portal's id of the request; null where it gave none.</param>
/// <param name="inner">The cause, where there is one.</param>
internal sealed class PortalApiException(string operation, string code, string message, string? requestId = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>No answer came.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>An answer came that is not the API's.</summary>
    public const string NotThePortal = "NotThePortal";

    /// <summary>The API's operation.</summary>
    public string Operation => operation;

    /// <summary>The API's error name.</summary>
    public string Code => code;

    /// <summary>The secret or version does not exist.</summary>
    public bool IsNotFound => code is "ResourceNotFoundException" or "ResourceNotFound";

    /// <summary>The name is taken.</summary>
    public bool IsTaken => code is "ResourceExistsException" or "ResourceExists";

    /// <summary>What the administration API says of single members of the request, by the member's path in camel case.</summary>
    public IReadOnlyDictionary<string, List<string>> Fields { get; init; } = new Dictionary<string, List<string>>();

    /// <summary>By how much this machine's clock is ahead of the portal's, to the second; zero where that is not known.</summary>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>The secret waits for its deletion.</summary>
    public bool IsScheduledForDeletion => code is "InvalidRequestException" or "InvalidRequest"
        && (Message.Contains("marked for deletion", StringComparison.Ordinal) || Message.Contains("scheduled for deletion", StringComparison.Ordinal));

    /// <summary>An earlier rotation of the secret has not come to its end.</summary>
    public bool IsRotationUnderWay => code == "InvalidRequestException"
        && Message.Contains("previous rotation isn't complete", StringComparison.Ordinal);

    /// <summary>For the user: what failed, the portal's words, and what to do about it.</summary>
    /// <param name="what">What was being done, such as <c>Reading secret X</c>.</param>
    /// <param name="path">The attribute it is about; null where it is about none.</param>
    public DiagnosticException For(string what, Values.AttributePath? path = null)
    {
        var advice = Advice();
        var request = requestId is null ? "" : $" (request {requestId})";
        return new DiagnosticException($"{what} failed",
            $"{operation}: {code}: {Message}{request}{Told()}{(advice is null ? "" : "\n\n" + advice)}", path);
    }

    private string Told() => string.Concat(Fields.Select(f => $"\n{f.Key}: {string.Join("; ", f.Value)}."));

    private string? Advice() => code switch
    {
        Unreachable => "Check the provider's endpoint (attribute endpoint or SECRETSPORTAL_ENDPOINT) and that the portal runs there.",
        NotThePortal => "Check the provider's endpoint (attribute endpoint or SECRETSPORTAL_ENDPOINT): something else than the portal's API answered.",
        "UnrecognizedClientException" or "UnrecognizedClient" =>
            "The portal does not know this access key, or it is disabled or expired: check the provider's access_key.",
        "ExpiredTokenException" or "ExpiredToken" => "The temporary credentials have ended: get new ones for the provider.",
        "InvalidSignatureException" or "InvalidSignature" => ClockSkew.Duration() > TimeSpan.FromMinutes(4)
            ? $"This machine's clock is {(long)ClockSkew.Duration().TotalMinutes} minutes {(ClockSkew > TimeSpan.Zero ? "ahead of" : "behind")} the portal's: set it right."
            : "Check the provider's secret_key and region, and that this machine's clock is right.",
        "AccessDeniedException" => $"The caller needs a policy that allows secretsmanager:{operation} on this secret.",
        "AccessDenied" => "The caller needs a policy that allows the action that is named here.",
        _ when IsRotationUnderWay =>
            "Apply again when the rotation has ended. Where it keeps failing, the portal shows at which step; a value put by hand abandons it.",
        "ThrottlingException" or "Throttling" => "The portal is busy: try again, or lower -parallelism.",
        _ => null,
    };
}
