using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal;

/// <summary>Answers while the portal's store does not: nobody is sent to sign in, because the session goes on once it does.</summary>
public sealed partial class AwayDocument : ComponentBase
{
    /// <summary>The page that was asked for, within the portal, to try again.</summary>
    [Parameter, EditorRequired]
    public string Address { get; set; } = "";
}
