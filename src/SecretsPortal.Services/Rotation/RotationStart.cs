using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>How a run begins, by hand or by schedule.</summary>
internal static class RotationStart
{
    // One node registers a test, and another one, whose clock may be behind, makes its version.
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);

    /// <summary>A run that waits for a worker.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="token">The version that it makes, or asks about.</param>
    /// <param name="mode">What it does.</param>
    /// <param name="trigger">What asked for it.</param>
    /// <param name="now">The present time.</param>
    /// <param name="windowEnd">The end of the window that it begins in; null where there is none, or it has ended.</param>
    public static RotationRun Run(
        Secret secret, string token, RotationMode mode, RotationTrigger trigger, DateTimeOffset now, DateTimeOffset? windowEnd = null) => new()
    {
        RunId = Guid.CreateVersion7(now).ToString("N"),
        SecretId = secret.Id,
        Token = token,
        Mode = mode,
        Trigger = trigger,
        State = RotationRunState.Queued,
        Attempt = 0,
        CreatedAt = now,
        RetryUntil = windowEnd > now ? windowEnd : null,
        Steps = [],
    };

    /// <summary>
    /// Registers a run, and with it, unless it only tests, its token as a version with AWSPENDING and no value yet: rotation functions
    /// look for it.
    /// </summary>
    public static SecretChange Change(SecretChanges changes, Secret secret, RotationRun run, AuditRecord audit)
    {
        var after = secret;
        if (run.Mode == RotationMode.Rotate)
        {
            after = secret with
            {
                Labels = secret.Labels.StartRotation(run.Token),
                Versions = secret.FindVersion(run.Token) is not null
                    ? secret.Versions
                    : [.. secret.Versions, new SecretVersion { VersionId = run.Token, CreatedAt = run.CreatedAt }],
            };
        }

        return new SecretChange(changes.Touched(after), audit) { StartRun = run };
    }

    /// <summary>The version that an unfinished rotation left AWSPENDING on; null where AWSPENDING is nowhere, or on AWSCURRENT's version.</summary>
    public static string? HangingToken(Secret secret) =>
        secret.Labels.VersionOf(StagingLabels.Pending) is { } pending && pending != secret.Labels.VersionOf(StagingLabels.Current) ? pending : null;

    /// <summary>
    /// The secret without the copy of AWSCURRENT that a function's test has under AWSPENDING: what the test leaves where it is superseded, or ends
    /// without removing it. It is no rotation that hangs. A value that somebody put under the test's token before stays.
    /// </summary>
    public static Secret WithoutTest(Secret secret, RotationRun run) =>
        run.Mode == RotationMode.TestOnly && secret.Rotation?.FunctionArn is not null && HangingToken(secret) == run.Token
            && secret.FindVersion(run.Token)?.CreatedAt >= run.CreatedAt - s_skew
                ? WithoutPending(secret, run.Token)
                : secret;

    /// <summary>The secret without AWSPENDING and the version that it is on.</summary>
    public static Secret WithoutPending(Secret secret, string token) => secret with
    {
        Labels = secret.Labels.Without(StagingLabels.Pending), Versions = [.. secret.Versions.Where(version => version.VersionId != token)],
    };

    /// <summary>What a rate counts from: the later of the last rotation and the value in use; now where there is neither.</summary>
    public static DateTimeOffset LastRotation(Secret secret, DateTimeOffset now)
    {
        var current = secret.Labels.VersionOf(StagingLabels.Current) is { } id ? secret.FindVersion(id)?.CreatedAt : null;
        return (secret.LastRotatedAt, current) switch
        {
            ({ } rotated, { } changed) => rotated > changed ? rotated : changed,
            var (rotated, changed) => rotated ?? changed ?? now,
        };
    }

    /// <summary>The settings with the first window after a rotation or a manual change that was made just now.</summary>
    public static RotationSettings? Rescheduled(RotationSettings? settings, DateTimeOffset now)
    {
        if (settings is not { Enabled: true, Schedule: { } schedule })
            return settings;
        var window = schedule.Next(now, now);
        return settings with { NextWindowStart = window.Start, NextWindowEnd = window.End, OpenWindowEnd = null };
    }
}
