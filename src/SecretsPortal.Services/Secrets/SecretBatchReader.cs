using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Secrets;

/// <summary>What BatchGetSecretValue is asked for: either ids or filters.</summary>
public sealed record BatchGetSecretValueRequest
{
    /// <summary>1–20 names or ARNs; null where filters choose. What is named twice is read once.</summary>
    public IReadOnlyList<string>? SecretIds { get; init; }

    /// <summary>At most 10; empty where ids are given.</summary>
    public IReadOnlyList<SecretFilter> Filters { get; init; } = [];

    /// <summary>1–20, 20 by default; only with filters.</summary>
    public int? MaxResults { get; init; }

    /// <summary>From the page before; only with filters.</summary>
    public string? NextToken { get; init; }
}

/// <summary>Why one secret of a batch could not be read.</summary>
/// <param name="SecretId">As it was asked for; the ARN where a filter found it.</param>
/// <param name="Error">Which kind of fault this is.</param>
/// <param name="Message">Safe for the caller's eyes.</param>
public sealed record BatchFailure(string SecretId, PortalError Error, string Message);

/// <summary>A batch of values.</summary>
/// <param name="Values">In the order they were asked for or created in.</param>
/// <param name="Failures">What could not be read, in the same order.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record BatchOfValues(IReadOnlyList<RevealedValue> Values, IReadOnlyList<BatchFailure> Failures, string? NextToken);

/// <summary>BatchGetSecretValue. Each value comes from <see cref="SecretReader"/>, decided and recorded as if it had been asked for alone.</summary>
public sealed class SecretBatchReader
{
    private const int MostSecrets = 20;

    private readonly SecretReader _reader;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;

    internal SecretBatchReader(SecretReader reader, Authorizer authorizer, AuditRecorder recorder)
    {
        _reader = reader;
        _authorizer = authorizer;
        _recorder = recorder;
    }

    /// <summary>
    /// The AWSCURRENT values of the secrets that are named or that the filters find (action <c>secretsmanager:ListSecrets</c>, too). One that
    /// can't be read is a failure beside the others; where the KMS, the database or the log is away, the whole call fails.
    /// </summary>
    public Task<BatchOfValues> GetValues(CallContext call, BatchGetSecretValueRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:BatchGetSecretValue", "*", async op =>
        {
            Check(request);
            await _authorizer.Require(op, "*", secret: null, cancel);
            var (ids, next) = await Choose(op, request, cancel);
            var (values, failures) = (new List<RevealedValue>(), new List<BatchFailure>());
            foreach (var id in ids)
            {
                try
                {
                    values.Add(await _reader.GetValue(call, id, versionId: null, versionStage: null, $"by {op.Action}", isShown: true, cancel));
                }
                catch (PortalException fault) when (fault.Error is not (PortalError.Unavailable or PortalError.Internal))
                {
                    failures.Add(new BatchFailure(id, fault.Error, fault.Message));
                }
            }

            op.Detail = $"{values.Count} values, {failures.Count} failures";
            return new BatchOfValues(values, failures, next);
        }, cancel);

    private async Task<(IReadOnlyList<string> Ids, string? NextToken)> Choose(RecordedCall op, BatchGetSecretValueRequest request, CancellationToken cancel)
    {
        if (request.SecretIds is { } named)
            return ([.. named.Distinct(StringComparer.Ordinal)], null);
        await _authorizer.Require(op, "secretsmanager:ListSecrets", "*", name: null, secret: null, requestTags: null, cancel);
        var page = await _reader.FindPage(
            op.Call, "batch", new ListSecretsRequest { Filters = request.Filters, NextToken = request.NextToken }, request.MaxResults ?? MostSecrets, cancel);
        return ([.. page.Secrets.Select(s => s.Arn.ToString())], page.NextToken);
    }

    private static void Check(BatchGetSecretValueRequest request)
    {
        if (request.SecretIds is null == (request.Filters.Count == 0))
            throw new PortalException(PortalError.InvalidParameter, "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
        if (request.SecretIds is not null && (request.MaxResults is not null || request.NextToken is not null))
            throw new PortalException(PortalError.InvalidParameter,
                $"'Filters' must also be specified when '{(request.MaxResults is not null ? "MaxResults" : "NextToken")}' is provided.");
        if (request.SecretIds is { Count: 0 or > MostSecrets })
            throw new PortalException(PortalError.InvalidParameter, $"'SecretIdList' must name 1 to {MostSecrets} secrets.");
        SecretRules.Filters(request.Filters);
        SecretRules.Range("maxResults", request.MaxResults ?? MostSecrets, 1, MostSecrets);
    }
}
