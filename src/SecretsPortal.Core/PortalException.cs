namespace SecretsPortal.Core;

/// <summary>
/// What went wrong, in the domain's words. Each door has one table that turns these into its own answer;
/// anything that is not a <see cref="PortalException"/> becomes a bare internal error there.
/// </summary>
public enum PortalError
{
    /// <summary>The portal itself is at fault; the detail stands in the log only.</summary>
    Internal,

    /// <summary>Something the request needs is away for now (the KMS, the database, the audit log).</summary>
    Unavailable,

    /// <summary>The secret, version or other resource that was named does not exist.</summary>
    ResourceNotFound,

    /// <summary>A resource with this name or token exists already.</summary>
    ResourceExists,

    /// <summary>A parameter's value is invalid on its own or beside another one.</summary>
    InvalidParameter,

    /// <summary>The request is not valid for the resource's present state.</summary>
    InvalidRequest,

    /// <summary>A member breaks a length, pattern, range or enum of the API's model.</summary>
    Validation,

    /// <summary>A quota of the resource is used up.</summary>
    LimitExceeded,

    /// <summary>A page token is forged, from another query, or from another portal.</summary>
    InvalidNextToken,

    /// <summary>A stored value could not be opened.</summary>
    DecryptionFailure,

    /// <summary>A value could not be sealed.</summary>
    EncryptionFailure,

    /// <summary>A policy document does not parse.</summary>
    MalformedPolicyDocument,

    /// <summary>A resource policy would open its resource to everyone, and the caller asked to be kept from that.</summary>
    PublicPolicy,

    /// <summary>A condition that the caller asked for does not hold.</summary>
    PreconditionNotMet,

    /// <summary>The caller is known and may not do this.</summary>
    AccessDenied,

    /// <summary>The caller may, but has to prove again who it is: the portal's session is proved too long ago.</summary>
    ProofRequired,

    /// <summary>The request carries no credentials.</summary>
    MissingAuthenticationToken,

    /// <summary>The credentials are malformed.</summary>
    IncompleteSignature,

    /// <summary>The signature does not match, or the request is too old or too new.</summary>
    InvalidSignature,

    /// <summary>The access key or its session token is unknown, or its caller is disabled.</summary>
    UnrecognizedClient,

    /// <summary>The temporary credentials were good and are no longer.</summary>
    ExpiredToken,

    /// <summary>The body is not what the protocol allows.</summary>
    Serialization,

    /// <summary>The body did not arrive in the time it may take.</summary>
    RequestTimeout,

    /// <summary>No such operation.</summary>
    UnknownOperation,

    /// <summary>Too many requests; try again later.</summary>
    Throttling,
}

/// <summary>
/// The one exception of the domain. <paramref name="message"/> is shown to the caller as it is, so it never holds a
/// secret value and always says what to do or what is wrong.
/// </summary>
/// <param name="error">Which kind of fault this is; decides the answer on the wire.</param>
/// <param name="message">Safe for the caller's eyes.</param>
/// <param name="inner">The cause, for the log only.</param>
public sealed class PortalException(PortalError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Which kind of fault this is.</summary>
    public PortalError Error { get; } = error;
}
