namespace SecretsPortal.Core.Rotation;

/// <summary>What a target says to a credential.</summary>
public enum TargetAnswer
{
    /// <summary>It does not say: it can't be reached, keeps the user out for another reason, or can't be asked.</summary>
    Unknown,

    /// <summary>It lets the credential in.</summary>
    Accepted,

    /// <summary>It refuses the credential, or the value is none that it could ever accept.</summary>
    Refused,
}
