namespace SecretsPortal.Web.Portal.Model;

/// <summary>The parts of a secret's page. Their names in lower case stand in its address.</summary>
internal enum SecretTab
{
    /// <summary>The value, who uses it, whether its rotation is healthy, and what happened.</summary>
    Overview,

    /// <summary>The versions with their labels, to move and to compare.</summary>
    Versions,

    /// <summary>The schedule and the runs.</summary>
    Rotation,

    /// <summary>The secret's own policy, and who can read it.</summary>
    Access,

    /// <summary>The records about it.</summary>
    Activity,

    /// <summary>How programs read it.</summary>
    Code,

    /// <summary>Description, key, tags, replicas, and its end.</summary>
    Settings,
}
