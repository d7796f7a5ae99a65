namespace SecretsPortal.Core.Rotation;

/// <summary>Whether a rotation would work, found without changing anything.</summary>
/// <param name="Findings">What was looked at, in order.</param>
public sealed record PreflightReport(IReadOnlyList<PreflightFinding> Findings)
{
    /// <summary>True where nothing was found that would make the rotation fail.</summary>
    public bool WouldWork => Findings.All(static finding => finding.State != PreflightState.Failed);
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What it is.</param>
/// <param name="State">How it is.</param>
/// <param name="Message">A sentence that names what was found and, where it is not as it should be, the remedy; never a credential.</param>
public sealed record PreflightFinding(PreflightCheck Check, PreflightState State, string Message);

/// <summary>What a preflight looks at.</summary>
public enum PreflightCheck
{
    /// <summary>The members of the secret's JSON.</summary>
    Json,

    /// <summary>The master secret: there, readable, for the same target.</summary>
    Master,

    /// <summary>The target, or the function, can be reached.</summary>
    Reachable,

    /// <summary>The connection is encrypted, and the server is who it says it is.</summary>
    Tls,

    /// <summary>The value that AWSCURRENT has logs in.</summary>
    LogIn,

    /// <summary>Whoever carries out the rotation may do what it takes.</summary>
    Privileges,

    /// <summary>The names that a rotation makes fit the target.</summary>
    NameLength,

    /// <summary>The second user of alternating users can be made, or is there with the same privileges.</summary>
    Clone,
}

/// <summary>How a thing is that a preflight looked at.</summary>
public enum PreflightState
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>The rotation would work, but not as well as it should.</summary>
    Warning,

    /// <summary>The rotation would fail.</summary>
    Failed,

    /// <summary>Not looked at, because of another finding, or because the target can't tell.</summary>
    Skipped,
}
