using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Secrets;

/// <summary>A secret that is looked up.</summary>
/// <param name="SecretId">Name or ARN.</param>
/// <param name="Fields">Members whose fingerprints are asked for beside those of the values; null to ask for none at all.</param>
public sealed record SecretQuestion(string SecretId, IReadOnlyList<string>? Fields);

/// <summary>Fingerprints of one version: those of two versions of a secret are equal where the values are.</summary>
/// <param name="Value">Of the whole value: 32 hexadecimal digits.</param>
/// <param name="Fields">Of the members that were asked for and are there.</param>
public sealed record VersionFingerprint(string Value, IReadOnlyDictionary<string, string> Fields);

/// <summary>What was found of one secret.</summary>
/// <param name="Secret">Null where it was refused.</param>
/// <param name="Fingerprints">By version id, of labelled versions; null where none were asked for or the caller may not see them.</param>
/// <param name="Fault">Why it was refused; null where it was not.</param>
public sealed record FoundSecret(Secret? Secret, IReadOnlyDictionary<string, VersionFingerprint>? Fingerprints, PortalException? Fault);

/// <summary>DescribeSecret of many secrets in one request, each decided and recorded as if it had been asked for alone.</summary>
public sealed class SecretLookUp
{
    /// <summary>The most secrets of one request.</summary>
    public const int MostSecrets = 100;

    /// <summary>So many are looked up at a time: enough for their records to be written together.</summary>
    private const int AtATime = 16;

    private readonly SecretFinder _finder;
    private readonly AccessNotes _notes;
    private readonly PortalKeys _keys;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;

    internal SecretLookUp(SecretFinder finder, AccessNotes notes, PortalKeys keys, Authorizer authorizer, AuditRecorder recorder)
    {
        _finder = finder;
        _notes = notes;
        _keys = keys;
        _authorizer = authorizer;
        _recorder = recorder;
    }

    /// <summary>
    /// Finds the secrets, in the order of the questions (action <c>secretsmanager:DescribeSecret</c> for each, and for fingerprints
    /// <c>secretsportal:GetSecretFingerprints</c>, without which they are left out). One that is refused is a fault beside the others; where the
    /// database or the log is away, the whole call fails.
    /// </summary>
    public async Task<IReadOnlyList<FoundSecret>> Find(CallContext call, IReadOnlyList<SecretQuestion> questions, CancellationToken cancel)
    {
        var found = new FoundSecret[questions.Count];
        await Parallel.ForEachAsync(questions.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancel }, async (question, end) =>
        {
            try
            {
                found[question.Index] = await Find(call, question.Item, end);
            }
            catch (PortalException fault) when (fault.Error is not (PortalError.Unavailable or PortalError.Internal))
            {
                found[question.Index] = new FoundSecret(null, null, fault);
            }
        });
        return found;
    }

    private Task<FoundSecret> Find(CallContext call, SecretQuestion question, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.DescribeSecret, question.SecretId, async op =>
        {
            var secret = _notes.With(await _finder.Find(op, question.SecretId, cancel));
            if (question.Fields is not { } fields
                || !(await _authorizer.Decide(call, PortalActions.GetSecretFingerprints, secret.Arn.ToString(), secret, cancel)).IsAllowed)
                return new FoundSecret(secret, null, null);
            op.Detail = "with fingerprints";
            var key = await _keys.Get(PortalKeys.ValueMarks, cancel);
            var fingerprints = secret.Versions.Where(v => v.ValueMarks is not null && secret.Labels.Of(v.VersionId).Count > 0)
                .ToDictionary(v => v.VersionId, v => Of(key, secret.Arn, v.ValueMarks!, fields), StringComparer.Ordinal);
            return new FoundSecret(secret, fingerprints, null);
        }, cancel);

    private static VersionFingerprint Of(byte[] key, SecretArn arn, byte[] marks, IReadOnlyList<string> fields) => new(
        ValueMarks.OfWhole(marks),
        fields.Distinct(StringComparer.Ordinal).Select(f => (Name: f, Mark: ValueMarks.OfField(key, arn, marks, f))).Where(f => f.Mark is not null)
            .ToDictionary(f => f.Name, f => f.Mark!, StringComparer.Ordinal));
}
