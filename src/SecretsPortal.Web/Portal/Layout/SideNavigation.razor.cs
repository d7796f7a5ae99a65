using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>The pages that this user may open.</summary>
public sealed partial class SideNavigation : PortalPage
{
    private readonly List<Place> _places = [];
    private bool _isKeyLocal;
    private (string Here, int Places, bool IsKeyLocal) _drawn;

    [Inject]
    private DefaultKeys DefaultKeys { get; set; } = default!;

    /// <summary>The address that is open, so that a move to another page renders this anew.</summary>
    [Parameter, EditorRequired]
    public string Here { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        List<Place> open = [];
        foreach (var place in Place.All.Where(static place => place.IsBeside))
        {
            if (place.Action is null || await May(place.Action, "*"))
                open.Add(place);
        }

        _places.AddRange(open);
        await Ask(async call => _isKeyLocal = (await DefaultKeys.Of(call.Region, Leaving)).Provider == KmsProviders.Local);
    }

    // What is drawn twice is held twice, for as long as the page is open.
    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        var drawn = (Here, _places.Count, _isKeyLocal);
        var isNew = drawn != _drawn;
        _drawn = drawn;
        return isNew;
    }

    private bool IsAt(Place place)
    {
        var path = Navigation.ToAbsoluteUri(Here).AbsolutePath;
        return path == place.Route || place.Below.Contains(path);
    }
}
