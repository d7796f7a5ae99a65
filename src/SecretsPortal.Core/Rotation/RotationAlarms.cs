namespace SecretsPortal.Core.Rotation;

/// <summary>What somebody wants to be told of.</summary>
public enum RotationEvent
{
    /// <summary>A rotation was given up.</summary>
    Failed,

    /// <summary>A window has ended without a rotation that succeeded.</summary>
    Overdue,

    /// <summary>The target refuses the value that AWSCURRENT has.</summary>
    OutOfSync,

    /// <summary>A rotation's window has ended, and its target does not say whether it has the new value: AWSPENDING stays until it does.</summary>
    Stalled,

    /// <summary>After one of the others: all is well again.</summary>
    Recovered,
}

/// <summary>Which changes of a rotation's health are told, so that each trouble is told once and its end once.</summary>
public static class RotationAlarms
{
    /// <summary>What a change is told as, and the trouble that is open afterwards.</summary>
    /// <param name="open">The trouble that was told last and has not ended; null where there is none.</param>
    /// <param name="health">How the rotation is now.</param>
    /// <param name="hasFailed">True where a run was given up just now: each time is told, also one after another.</param>
    public static (RotationEvent? Tell, RotationEvent? Open) After(RotationEvent? open, RotationHealth health, bool hasFailed) => health switch
    {
        RotationHealth.OutOfSync when open != RotationEvent.OutOfSync => (RotationEvent.OutOfSync, RotationEvent.OutOfSync),
        _ when hasFailed => (RotationEvent.Failed, health == RotationHealth.OutOfSync ? RotationEvent.OutOfSync : RotationEvent.Failed),
        // After another trouble that was told it would be no news.
        RotationHealth.Overdue when open is null => (RotationEvent.Overdue, RotationEvent.Overdue),
        RotationHealth.Healthy or RotationHealth.Due when open is not null => (RotationEvent.Recovered, null),
        // Stopped or deleted: nobody waits for it any more.
        RotationHealth.Off => (null, null),
        _ => (null, open),
    };
}
