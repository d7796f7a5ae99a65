using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>What ValidateResourcePolicy finds.</summary>
/// <param name="Check">Which check failed: <c>PublicAccess</c> or <c>Lockout</c>.</param>
/// <param name="Message">What is wrong, for people.</param>
public sealed record PolicyFinding(string Check, string Message);

/// <summary>The resource policies that hang on secrets.</summary>
public sealed class SecretPolicies
{
    private const string PutAction = "secretsmanager:PutResourcePolicy";
    private const string BlockPublicPolicy = nameof(BlockPublicPolicy);
    private const string LockoutMessage = "Your requested changes will not allow you to manage this secret in the future.";

    private const string NobodyReads =
        "Under this resource policy nobody could read the secret any more. Leave secretsmanager:GetSecretValue to somebody who is not disabled and whose own policies allow it, or allow it in the policy.";

    private const string NobodyManages = "Under this resource policy nobody could change it or take it off any more. Leave secretsmanager:PutResourcePolicy to somebody who is not disabled.";

    private readonly SecretFinder _finder;
    private readonly SecretChanges _changes;
    private readonly Authorizer _authorizer;
    private readonly LockOutCheck _lockOut;
    private readonly AuditRecorder _recorder;

    internal SecretPolicies(SecretFinder finder, SecretChanges changes, Authorizer authorizer, LockOutCheck lockOut, AuditRecorder recorder)
    {
        _finder = finder;
        _changes = changes;
        _authorizer = authorizer;
        _lockOut = lockOut;
        _recorder = recorder;
    }

    /// <summary>
    /// PutResourcePolicy: hangs the policy on the secret, in place of the one that was there. Refused with MalformedPolicyDocument, with
    /// PublicPolicy where it is public and <paramref name="blockPublic"/> is set, and with InvalidRequest where the caller could not put
    /// another one in the same way afterwards, or where nobody at all could read the secret or change the policy.
    /// </summary>
    public Task<Secret> Put(CallContext call, string secretId, string policy, bool blockPublic, CancellationToken cancel) =>
        Put(call, secretId, policy, blockPublic, seen: null, cancel);

    /// <summary>As the other one; <see cref="PortalError.PreconditionNotMet"/> where the policy has changed since the editor saw the secret.</summary>
    public Task<Secret> Put(CallContext call, string secretId, string policy, bool blockPublic, Secret? seen, CancellationToken cancel) =>
        _recorder.Recording(call, PutAction, secretId, async op =>
        {
            op.AddCondition(BlockPublicPolicy, blockPublic);
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            SecretRules.RefuseChanged(seen, secret, SamePolicy);
            var parsed = Parse(policy);
            if (blockPublic && PublicAccess.Statements(parsed) is { Count: > 0 } open)
                throw new PortalException(PortalError.PublicPolicy,
                    $"You can't attach a resource-based policy that allows broad access to the secret. {Advice(open)}");
            if (await FindLockout(op, secret, policy, cancel) is { } lockout)
                throw new PortalException(PortalError.InvalidRequest, lockout);
            // Which one it was can be told from the log, even after it was replaced.
            op.Detail = $"SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(policy)))}";
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseChanged(seen, current, SamePolicy);
                return new SecretChange(_changes.Touched(current with { ResourcePolicy = policy }), _recorder.Success(op));
            }, cancel);
        }, cancel);

    /// <summary>GetResourcePolicy: the secret with its policy, if it has one; past that policy with <c>secretsportal:RemoveResourcePolicy</c>.</summary>
    public Task<Secret> Get(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:GetResourcePolicy", secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            return secret;
        }, cancel);

    /// <summary>DeleteResourcePolicy; past that policy with <c>secretsportal:RemoveResourcePolicy</c>. A secret without one is no error.</summary>
    public Task<Secret> Delete(CallContext call, string secretId, CancellationToken cancel) => Delete(call, secretId, seen: null, cancel);

    /// <summary>As the other one; <see cref="PortalError.PreconditionNotMet"/> where the policy has changed since the editor saw the secret.</summary>
    public Task<Secret> Delete(CallContext call, string secretId, Secret? seen, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:DeleteResourcePolicy", secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseChanged(seen, current, SamePolicy);
                return current.ResourcePolicy is null
                    ? null
                    : new SecretChange(_changes.Touched(current with { ResourcePolicy = null }), _recorder.Success(op));
            }, cancel);
        }, cancel);

    /// <summary>
    /// ValidateResourcePolicy: what speaks against hanging the policy on the secret; nothing is changed. MalformedPolicyDocument for one that
    /// can't be read. Without a secret, a lock-out is found only where a statement denies the caller on every resource.
    /// </summary>
    public Task<IReadOnlyList<PolicyFinding>> Validate(CallContext call, string? secretId, string policy, CancellationToken cancel) =>
        _recorder.Recording<IReadOnlyList<PolicyFinding>>(call, "secretsmanager:ValidateResourcePolicy", secretId ?? "*", async op =>
        {
            // It finds what is public, so whoever may put policies only under BlockPublicPolicy may ask.
            op.AddCondition(BlockPublicPolicy, true);
            var secret = await FindToValidate(op, secretId, cancel);
            var parsed = Parse(policy);
            var findings = new List<PolicyFinding>();
            if (PublicAccess.Statements(parsed) is { Count: > 0 } open)
                findings.Add(new PolicyFinding("PublicAccess", $"This resource policy grants broad access to your secret. {Advice(open)}"));
            if (await FindLockout(op, secret, policy, cancel) is { } lockout)
                findings.Add(new PolicyFinding("Lockout", lockout));
            op.Detail = findings.Count == 0 ? "passed" : string.Join(", ", findings.Select(f => f.Check));
            return findings;
        }, cancel);

    private async Task<Secret?> FindToValidate(RecordedCall op, string? secretId, CancellationToken cancel)
    {
        if (secretId is null)
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            return null;
        }

        var secret = await _finder.Find(op, secretId, cancel);
        await _authorizer.Require(op, PutAction, secret.Arn.ToString(), name: null, secret, requestTags: null, cancel);
        SecretRules.RefuseDeleted(secret);
        return secret;
    }

    /// <summary>Who would be locked out, in words: the caller, or everybody; null where nobody is.</summary>
    private async Task<string?> FindLockout(RecordedCall op, Secret? secret, string policy, CancellationToken cancel)
    {
        if (await IsLockout(op, secret, policy, cancel))
            return LockoutMessage;
        if (secret is null)
            return null;
        var left = await _lockOut.Find(secret, policy, op.Call.Caller, cancel);
        return left.Reader is null ? NobodyReads : left.Keeper is null ? NobodyManages : null;
    }

    private async Task<bool> IsLockout(RecordedCall op, Secret? secret, string policy, CancellationToken cancel)
    {
        var decision = await _authorizer.DecideUnder(op, PutAction, secret, policy, cancel);
        // Without a secret, an Allow may be missing only because there is no name to match.
        return !decision.IsAllowed && (secret is not null || decision is { By: PolicyKind.Resource, Statements.Count: > 0 });
    }

    private static bool SamePolicy(Secret seen, Secret now) => seen.ResourcePolicy == now.ResourcePolicy;

    private static PolicyDocument Parse(string policy)
    {
        try
        {
            return PolicyDocument.Parse(policy, isResourcePolicy: true);
        }
        catch (PortalException fault) when (!fault.Message.Contains("This resource policy contains", StringComparison.Ordinal))
        {
            // The service's own words first, which clients look for.
            throw new PortalException(fault.Error, $"This resource policy contains a syntax error. {fault.Message}", fault);
        }
    }

    private static string Advice(IReadOnlyList<string> open) =>
        $"It allows everyone in: {string.Join(", ", open)}. Name callers in Principal, or add a Condition that fixes who may, such as StringEquals on aws:PrincipalArn.";
}
