using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>The user's saved views of the list: to open, rename and delete, and to save the one that is shown.</summary>
public sealed partial class ViewsDialog : PortalPage
{
    private IReadOnlyList<SavedView>? _views;
    private SavedView? _renamed;
    private SavedView? _deleted;
    private Field _faulty;
    private string _newName = "";
    private string _name = "";
    private bool _isOver;

    [Inject]
    private SavedViews Views { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>What the list shows now, as its address says it.</summary>
    [Parameter, EditorRequired]
    public string Query { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => await Ask(async call => _views = await Views.List(call, Leaving));

    private async Task Save()
    {
        _faulty = Field.Save;
        if (await Act(async call =>
            {
                await Views.Save(call, _name, Query, Leaving);
                _views = await Views.List(call, Leaving);
            }))
            (_name, _deleted) = ("", null);
    }

    private void BeginRename(SavedView view) => (_renamed, _newName, Fault) = (view, view.Name, null);

    private async Task Rename()
    {
        _faulty = Field.Rename;
        if (_renamed is { } renamed && await Act(async call =>
            {
                await Views.Change(call, renamed with { Name = _newName }, Leaving);
                _views = await Views.List(call, Leaving);
            }))
            _renamed = null;
    }

    private async Task Delete(SavedView view)
    {
        _faulty = Field.None;
        if (await Act(async call =>
            {
                await Views.Delete(call, view, Leaving);
                _views = await Views.List(call, Leaving);
            }))
            _deleted = view;
    }

    private async Task Undo()
    {
        _faulty = Field.None;
        if (_deleted is { } deleted && await Act(async call =>
            {
                await Views.Save(call, deleted.Name, deleted.Query, Leaving);
                _views = await Views.List(call, Leaving);
            }))
            _deleted = null;
    }

    private string[]? Kept() => _isOver ? null : [_name, _renamed is { } renamed && _newName != renamed.Name ? _newName : ""];

    private void Open(SavedView view)
    {
        _isOver = true;
        Dialog.Close(DialogResult.Ok(view.Query));
    }

    private void Close() => Dialog.Cancel();

    // Which field a refusal is about.
    private enum Field
    {
        None,
        Save,
        Rename,
    }
}
