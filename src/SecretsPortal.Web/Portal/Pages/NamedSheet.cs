using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>A page about the one thing that its address names: it is loaded again when the address names another one.</summary>
public abstract class NamedSheet : PortalPage
{
    private string? _loaded;

    /// <summary>The name, from the address; an address without one names nothing that there is.</summary>
    [SupplyParameterFromQuery(Name = "name")]
    public string? Name { get; set; }

    [Inject]
    private protected IDialogService Dialogs { get; private set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Name ?? ""))
            return;
        _loaded = Name ?? "";
        Forget();
        await Load();
    }

    /// <summary>Lets go of what was loaded for another name.</summary>
    protected abstract void Forget();

    /// <summary>Loads what the name means, and what the user may do with it.</summary>
    protected abstract Task Load();
}
