namespace SecretsPortal.Web.Configuration;

/// <summary>Marks an endpoint whose answers a page of the portal itself may show in a frame. All others stand in no frame, of whomever.</summary>
internal sealed class Frameable
{
    /// <summary>The mark.</summary>
    public static Frameable Mark { get; } = new();
}
