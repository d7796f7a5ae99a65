using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Hands over what was made and is not kept readable: a first password, the secret half of an access key.</summary>
public sealed partial class OnceNote : ComponentBase
{
    /// <summary>What it is.</summary>
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>Its parts, with what they are called.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<(string Label, SecretText Text)> Parts { get; set; } = [];

    /// <summary>The user has it; whoever shows this lets go of it.</summary>
    [Parameter, EditorRequired]
    public EventCallback Kept { get; set; }
}
