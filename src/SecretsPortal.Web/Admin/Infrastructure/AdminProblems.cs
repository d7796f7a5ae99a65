using System.Collections.Frozen;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>An error of the administration API: problem details (RFC 9457) with members of our own.</summary>
public sealed record AdminProblem
{
    /// <summary>Always <c>about:blank</c>: the kind stands in code.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>What sort of error this is, in a few words; the same for every error of its code.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong with this request, and what to do about it.</summary>
    public string? Detail { get; init; }

    /// <summary>The kind of error, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>The id that the audit log has the request by.</summary>
    public required string RequestId { get; init; }

    /// <summary>The members or parameters that are wrong, with what is wrong about each; absent where no one is to be named.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }
}

/// <summary>Members or parameters of a request are wrong, each by itself; all are told at once.</summary>
/// <param name="errors">By their names as in the request.</param>
internal sealed class FieldException(IReadOnlyDictionary<string, IReadOnlyList<string>> errors)
    : Exception("Members of the request are wrong.")
{
    /// <summary>One member that is wrong.</summary>
    public FieldException(string field, string fault)
        : this(new Dictionary<string, IReadOnlyList<string>> { [field] = [fault] })
    {
    }

    /// <summary>The members and their faults.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; } = errors;
}

/// <summary>The one table from the domain's errors to the administration API's.</summary>
internal static class AdminProblems
{
    /// <summary>The content type of every error.</summary>
    public const string ContentType = "application/problem+json";

    private static readonly FrozenDictionary<PortalError, (int Status, string Title)> s_table = new Dictionary<PortalError, (int, string)>
    {
        [PortalError.Internal] = (500, "The portal is at fault"),
        [PortalError.Unavailable] = (503, "Something is away for now"),
        [PortalError.ResourceNotFound] = (404, "There is no such resource"),
        [PortalError.ResourceExists] = (409, "There is one already"),
        [PortalError.InvalidParameter] = (400, "A parameter is wrong"),
        [PortalError.InvalidRequest] = (409, "The resource's state does not allow this"),
        [PortalError.Validation] = (400, "A parameter is wrong"),
        [PortalError.LimitExceeded] = (409, "A quota is used up"),
        [PortalError.InvalidNextToken] = (400, "The page token is not good"),
        [PortalError.DecryptionFailure] = (500, "Something stored can't be opened"),
        [PortalError.EncryptionFailure] = (500, "Something can't be sealed"),
        [PortalError.MalformedPolicyDocument] = (400, "The policy document is not good"),
        [PortalError.PublicPolicy] = (400, "The policy would be public"),
        [PortalError.PreconditionNotMet] = (412, "It was changed meanwhile"),
        [PortalError.AccessDenied] = (403, "Not allowed"),
        [PortalError.ProofRequired] = (403, "Prove again who you are"),
        [PortalError.MissingAuthenticationToken] = (401, "Not recognised"),
        [PortalError.IncompleteSignature] = (401, "Not recognised"),
        [PortalError.InvalidSignature] = (401, "Not recognised"),
        [PortalError.UnrecognizedClient] = (401, "Not recognised"),
        [PortalError.ExpiredToken] = (401, "Not recognised"),
        [PortalError.Serialization] = (400, "The body is not good"),
        [PortalError.RequestTimeout] = (408, "The body came too slowly"),
        [PortalError.UnknownOperation] = (404, "There is no such operation"),
        [PortalError.Throttling] = (429, "Too many requests"),
    }.ToFrozenDictionary();

    /// <summary>The answer to whatever was thrown. What the portal did not mean to say becomes a bare internal error.</summary>
    public static AdminProblem Of(Exception fault, string requestId) => fault switch
    {
        FieldException fields => Problem(PortalError.Validation, $"Wrong: {string.Join(", ", fields.Errors.Keys.Take(10))}.", requestId) with { Errors = fields.Errors },
        PortalException { Error: not PortalError.Internal } known => Problem(known.Error, known.Message, requestId),
        BadHttpRequestException { StatusCode: 413 } => Problem(PortalError.Serialization, "The request body is too long.", requestId) with { Status = 413 },
        BadHttpRequestException broken => Problem(PortalError.Serialization, "The request is not valid HTTP.", requestId) with { Status = broken.StatusCode },
        _ => Problem(PortalError.Internal, "An error occurred on the server side. The log has it under the request's id.", requestId),
    };

    /// <summary>Names the member that a service's message begins with, where the operation has one of that name: services know fields, not bodies.</summary>
    public static AdminProblem Naming(this AdminProblem problem, IEnumerable<string> members)
    {
        if (problem is not { Errors: null, Status: 400, Detail: { } detail })
            return problem;
        const string prefix = "The parameter ";
        detail = detail.StartsWith(prefix, StringComparison.Ordinal) ? detail[prefix.Length..] : detail;
        var field = detail.Split(' ', ':')[0];
        var name = field.Split('[', '.')[0];
        return members.Contains(name, StringComparer.Ordinal)
            ? problem with { Errors = new Dictionary<string, IReadOnlyList<string>> { [field] = [detail[field.Length..].TrimStart(':', ' ').TrimEnd()] } }
            : problem;
    }

    /// <summary>The HTTP status of an error.</summary>
    public static int StatusOf(PortalError error) => s_table[error].Status;

    /// <summary>An error in a few words.</summary>
    public static string TitleOf(PortalError error) => s_table[error].Title;

    private static AdminProblem Problem(PortalError error, string detail, string requestId)
    {
        var (status, title) = s_table[error];
        return new AdminProblem { Title = title, Status = status, Detail = detail, Code = error.ToString(), RequestId = requestId };
    }
}
