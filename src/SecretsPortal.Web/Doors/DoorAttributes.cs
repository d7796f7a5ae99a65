using Microsoft.AspNetCore.Authorization;

namespace SecretsPortal.Web.Doors;

/// <summary>What gives a page its rule.</summary>
internal interface IDoor
{
    /// <summary>The rule.</summary>
    DoorRule Rule { get; }
}

/// <summary>The page opens to whoever the policies allow the action, on the resource <c>*</c> or as its service decides.</summary>
/// <param name="action">A constant of <see cref="Core.Policies.PortalActions"/> or <see cref="Core.Policies.SecretActions"/>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DoorAttribute(string action) : Attribute, IDoor, IAuthorizeData
{
    /// <summary>The action.</summary>
    public string Action { get; } = action;

    /// <summary>True where the page shows one resource, or lets one be named: its service asks for the action on that.</summary>
    public bool ByService { get; init; }

    /// <inheritdoc/>
    DoorRule IDoor.Rule => ByService ? DoorRule.ByService(Action) : DoorRule.Of(Action);

    /// <inheritdoc/>
    string? IAuthorizeData.Policy { get; set; }

    /// <inheritdoc/>
    string? IAuthorizeData.Roles { get; set; }

    /// <inheritdoc/>
    string? IAuthorizeData.AuthenticationSchemes { get; set; }
}

/// <summary>The page opens to every signed-in user.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SignedInDoorAttribute : Attribute, IDoor, IAuthorizeData
{
    /// <inheritdoc/>
    DoorRule IDoor.Rule => DoorRule.SignedIn;

    /// <inheritdoc/>
    string? IAuthorizeData.Policy { get; set; }

    /// <inheritdoc/>
    string? IAuthorizeData.Roles { get; set; }

    /// <inheritdoc/>
    string? IAuthorizeData.AuthenticationSchemes { get; set; }
}

/// <summary>The page opens to everybody.</summary>
/// <param name="reason">Why it must.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PublicDoorAttribute(string reason) : Attribute, IDoor, IAllowAnonymous
{
    /// <summary>Why.</summary>
    public string Reason { get; } = reason;

    /// <inheritdoc/>
    DoorRule IDoor.Rule => DoorRule.Public(Reason);
}
