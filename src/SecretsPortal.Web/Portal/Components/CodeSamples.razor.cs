using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Code that reads a secret, in the languages of AWS's SDKs, and the secret as Terraform. Holds no value.</summary>
public sealed partial class CodeSamples : ComponentBase
{
    private IReadOnlyList<CodeSample> _samples = [];
    private ElementReference[] _tabs = [];
    private string _id = "";
    private int _shown;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>The secret; <see cref="CodeSubject.Of"/> for one that is stored.</summary>
    [Parameter, EditorRequired]
    public CodeSubject Subject { get; set; } = default!;

    private CodeSample Shown => _samples[_shown];

    /// <inheritdoc/>
    protected override void OnInitialized() => _id = $"code-{Session.NewId()}";

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _samples = CodeSample.Of(Subject, new Uri(Navigation.BaseUri));
        if (_tabs.Length != _samples.Count)
            _tabs = new ElementReference[_samples.Count];
    }

    // One stop of the Tab key; from there the arrows lead on, as with other tabs.
    private async Task Move(KeyboardEventArgs key)
    {
        var next = key.Key switch
        {
            "ArrowRight" => (_shown + 1) % _samples.Count,
            "ArrowLeft" => (_shown + _samples.Count - 1) % _samples.Count,
            "Home" => 0,
            "End" => _samples.Count - 1,
            _ => _shown,
        };
        if (next == _shown)
            return;
        _shown = next;
        await _tabs[next].FocusAsync();
    }
}
