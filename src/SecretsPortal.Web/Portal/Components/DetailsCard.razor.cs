using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's description and key. Another key seals the labelled versions anew at once, the others in the background.</summary>
public sealed partial class DetailsCard : PortalPage
{
    private const string DefaultAlias = "alias/aws/secretsmanager";

    private IReadOnlyList<KeyDetail>? _keys;
    private Secret? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isEditing;
    private string _description = "";
    private string _key = "";
    private string _token = "";
    private bool _mayEdit;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>It was changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private string? DescriptionFault => FieldFault.Of(Fault, "description", SecretPageText.Description);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        // A replica has a key of its own, the rest is its primary's.
        _mayEdit = Secret.DeletedAt is null && await May(Rights.Update, Secret.Arn.ToString(), Secret);
    }

    private async Task Edit()
    {
        Begin(Secret);
        if (await May(PortalActions.ListKeys, "*"))
            await Ask(async call => _keys = (await Keys.List(call, maxResults: null, nextToken: null, Leaving)).Keys);
        _isEditing = true;
    }

    private void Begin(Secret from)
    {
        (_seen, _description, _key) = (from, from.Description ?? "", from.KmsKeyId ?? "");
        _token = Session.NewId();
    }

    private void Cancel() => (_isEditing, _changes, Fault) = (false, null, null);

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen!);
        (_changes, Fault) = (null, null);
    }

    private string KeyName(string? id) => string.IsNullOrEmpty(id) ? SecretPageText.DefaultKey
        : _keys?.FirstOrDefault(key => key.KeyId == id) is { } key ? key.Alias ?? key.Description ?? key.KeyId : id;

    private async Task Save()
    {
        var (description, key) = (_description.Trim(), _key.Trim());
        var request = new UpdateSecretRequest
        {
            SecretId = Secret.Arn.ToString(),
            ClientRequestToken = _token,
            Description = description == (_seen!.Description ?? "") ? null : description,
            KmsKeyId = key == (_seen.KmsKeyId ?? "") ? null : key.Length == 0 ? DefaultAlias : key,
            Seen = _seen,
        };
        if (await Act(call => Writer.Update(call, request, Leaving)))
        {
            Cancel();
            await Changed.InvokeAsync();
            return;
        }

        if (FaultKind != PortalError.PreconditionNotMet)
            return;
        Secret? theirs = null;
        if (!await Ask(async call => theirs = await Reader.Describe(call, Secret.Arn.ToString(), Leaving)))
            return;
        _changes = SecondEditor.Changes(
            (SecretPageText.Description, _seen.Description, theirs!.Description), (SecretPageText.Key, KeyName(_seen.KmsKeyId), KeyName(theirs.KmsKeyId)));
        _description = SecondEditor.Merged(_seen.Description ?? "", _description.Trim(), theirs.Description ?? "");
        _key = SecondEditor.Merged(_seen.KmsKeyId ?? "", _key.Trim(), theirs.KmsKeyId ?? "");
        _seen = theirs;
    }
}
