using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal;

/// <summary>Answers a page that would be one too many of a user's, see <see cref="Session.OpenPages"/>.</summary>
public sealed partial class TooManyDocument : ComponentBase
{
    /// <summary>How many there may be.</summary>
    [Parameter, EditorRequired]
    public int Limit { get; set; }

    /// <summary>The page that was asked for, within the portal.</summary>
    [Parameter, EditorRequired]
    public string Address { get; set; } = "";
}
