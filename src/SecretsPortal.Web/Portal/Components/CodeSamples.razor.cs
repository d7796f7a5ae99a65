using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Code that reads a secret, in the languages of AWS's SDKs, and the secret as Terraform. Holds no value.</summary>
public sealed partial class CodeSamples : ComponentBase
{
    private IReadOnlyList<CodeSample> _samples = [];
    private IReadOnlyList<string> _names = [];
    private int _shown;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    /// <summary>The secret; <see cref="CodeSubject.Of"/> for one that is stored.</summary>
    [Parameter, EditorRequired]
    public CodeSubject Subject { get; set; } = default!;

    private CodeSample Shown => _samples[_shown];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _samples = CodeSample.Of(Subject, new Uri(Navigation.BaseUri));
        _names = [.. _samples.Select(static sample => sample.Language)];
    }
}
