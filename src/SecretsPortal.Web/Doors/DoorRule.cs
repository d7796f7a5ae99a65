namespace SecretsPortal.Web.Doors;

/// <summary>How it is decided who passes a door.</summary>
public enum DoorKind
{
    /// <summary>Everybody, signed in or not.</summary>
    Public,

    /// <summary>Whoever is recognised: what lies behind is the caller's own, or nobody's.</summary>
    SignedIn,

    /// <summary>Whoever the policies allow the action on the resource <c>*</c>: the gate asks, before anything behind the door runs.</summary>
    Action,

    /// <summary>Whoever is recognised; the service behind asks for the action on its own resource, and says no itself.</summary>
    Service,

    /// <summary>The AWS API: every operation recognises its caller by the signature and decides by its own action.</summary>
    Operations,
}

/// <summary>Who may pass a door: an endpoint or a page. Each has one; a door without one opens to nobody.</summary>
/// <param name="Kind">How it is decided.</param>
/// <param name="Action">What policies call it; null where none is asked.</param>
/// <param name="Reason">Why a public door is public; null for the others.</param>
public sealed record DoorRule(DoorKind Kind, string? Action, string? Reason)
{
    /// <summary>Whoever is recognised.</summary>
    public static DoorRule SignedIn { get; } = new(DoorKind.SignedIn, null, null);

    /// <summary>The operations of the AWS API decide.</summary>
    public static DoorRule Operations { get; } = new(DoorKind.Operations, null, null);

    /// <summary>Decided by the gate, on the resource <c>*</c>.</summary>
    public static DoorRule Of(string action) => new(DoorKind.Action, action, null);

    /// <summary>Decided by the service behind, on its own resource.</summary>
    public static DoorRule ByService(string action) => new(DoorKind.Service, action, null);

    /// <summary>Open to everybody.</summary>
    public static DoorRule Public(string reason) => new(DoorKind.Public, null, reason);

    /// <summary>The rule among an endpoint's metadata or a page's attributes; the last one counts. Null where there is none.</summary>
    public static DoorRule? Among(IEnumerable<object> metadata) => metadata.LastOrDefault(static m => m is DoorRule or IDoor) switch
    {
        DoorRule rule => rule,
        IDoor door => door.Rule,
        _ => null,
    };
}
