using System.Collections.Frozen;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Api;

/// <summary>How an error looks on the wire.</summary>
/// <param name="Type">The bare name in <c>__type</c>.</param>
/// <param name="Status">The HTTP status; 400 for every fault of the client, as the service answers.</param>
internal sealed record AwsError(string Type, int Status);

/// <summary>The one table from the domain's errors to the API's.</summary>
internal static class AwsErrors
{
    /// <summary>What callers learn of a fault that is none of theirs; the cause stands in the log under the request's id.</summary>
    public const string InternalMessage = "An error occurred on the server side.";

    private static readonly FrozenDictionary<PortalError, AwsError> s_table = new Dictionary<PortalError, AwsError>
    {
        [PortalError.Internal] = new("InternalServiceError", 500),
        [PortalError.Unavailable] = new("ServiceUnavailableException", 503),
        [PortalError.ResourceNotFound] = new("ResourceNotFoundException", 400),
        [PortalError.ResourceExists] = new("ResourceExistsException", 400),
        [PortalError.InvalidParameter] = new("InvalidParameterException", 400),
        [PortalError.InvalidRequest] = new("InvalidRequestException", 400),
        [PortalError.Validation] = new("ValidationException", 400),
        [PortalError.LimitExceeded] = new("LimitExceededException", 400),
        [PortalError.InvalidNextToken] = new("InvalidNextTokenException", 400),
        [PortalError.DecryptionFailure] = new("DecryptionFailure", 400),
        [PortalError.EncryptionFailure] = new("EncryptionFailure", 400),
        [PortalError.MalformedPolicyDocument] = new("MalformedPolicyDocumentException", 400),
        [PortalError.PublicPolicy] = new("PublicPolicyException", 400),
        [PortalError.PreconditionNotMet] = new("PreconditionNotMetException", 400),
        [PortalError.AccessDenied] = new("AccessDeniedException", 400),
        // Of the portal's own sessions, which call no AWS operation by this door.
        [PortalError.ProofRequired] = new("AccessDeniedException", 400),
        [PortalError.MissingAuthenticationToken] = new("MissingAuthenticationTokenException", 400),
        [PortalError.IncompleteSignature] = new("IncompleteSignatureException", 400),
        [PortalError.InvalidSignature] = new("InvalidSignatureException", 400),
        [PortalError.UnrecognizedClient] = new("UnrecognizedClientException", 400),
        [PortalError.ExpiredToken] = new("ExpiredTokenException", 400),
        [PortalError.Serialization] = new("SerializationException", 400),
        [PortalError.RequestTimeout] = new("RequestTimeoutException", 400),
        [PortalError.UnknownOperation] = new("UnknownOperationException", 400),
        [PortalError.Throttling] = new("ThrottlingException", 400),
    }.ToFrozenDictionary();

    /// <summary>The answer to an error.</summary>
    public static AwsError Of(PortalError error) => s_table[error];
}
