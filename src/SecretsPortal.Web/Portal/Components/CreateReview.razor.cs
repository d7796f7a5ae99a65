using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The step that shows all of a secret once more before it is stored, without what is secret in it.</summary>
public sealed partial class CreateReview : ComponentBase
{
    [Inject]
    private ConnectionTester Tester { get; set; } = default!;

    /// <summary>What was typed, without faults.</summary>
    [Parameter, EditorRequired]
    public SecretDraft Draft { get; set; } = default!;

    /// <summary>The address of a step.</summary>
    [Parameter, EditorRequired]
    public Func<CreateStep, string> AddressOf { get; set; } = default!;

    // Asked for only where the portal itself logs in.
    private bool Connects => Draft.Value.IsDatabase && Tester.KindOf(Draft.Value.EngineName) is not null;
}
