using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>
/// Creates a secret in five steps. The step and the kind stand in the address, all that is typed in the open page alone, but for what is no
/// secret, which the tab keeps: a step whose predecessors are not done leads to the first that is not.
/// </summary>
public sealed partial class SecretCreate : PortalPage
{
    private static readonly CreateStep[] s_steps = Enum.GetValues<CreateStep>();

    private SecretDraft _draft = new();
    private ElementReference _heading;
    private CreateStep _step;
    private CreateStep _reached;
    private CreateStep? _faulty;
    private Secret? _stored;
    private string? _takenName;
    private bool _isMoved;
    private bool _isOver;
    private string _form = "";
    private bool _isReady;
    private bool _isRestored;

    // Tokens for as long as the page is open: what is sent twice is done once.
    private string _token = "";
    private string _rotationToken = "";

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    /// <summary>The step that the address names.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.StepName)]
    private string? AskedStep { get; set; }

    /// <summary>The kind that the address names.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.KindName)]
    private string? AskedKind { get; set; }

    // Nothing is called wrong before the step was left for the first time; from then on faults follow what is typed.
    private IReadOnlyDictionary<string, string> Faults => _faulty == _step ? FaultsOf(_step) : ImmutableDictionary<string, string>.Empty;

    private string SubmitText => (_step, IsBusy) switch
    {
        (CreateStep.Review, true) => CreateText.Storing,
        (CreateStep.Review, false) => CreateText.Store,
        _ => CreateText.Next,
    };

    private CodeSubject Subject => new()
    {
        Name = _draft.Name,
        Region = Session.Region,
        Kind = SecretContent.Of(_draft.Value.ToValue()).Kind,
        Description = _draft.Description,
        KmsKeyId = _draft.KmsKeyId.Length > 0 ? _draft.KmsKeyId : null,
        Tags = _draft.ToTags() ?? [],
        ReplicaRegions = [.. _draft.ChosenReplicas.Select(static replica => replica.Region)],
        Schedule = _draft.Rotates ? _draft.Schedule.ToSchedule() : null,
        FunctionArn = _draft.Rotates ? _draft.RotationFunction : null,
        GeneratedField = _draft is { Rotates: true, RotatesBy: RotationBy.Generator, GeneratedField.Length: > 0 } ? _draft.GeneratedField : null,
        RotatesAtOnce = _draft.RotatesNow,
    };

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        (_token, _rotationToken) = (Session.NewId(), Session.NewId());
        _form = $"secret/new/{Session.Region}";
        _draft = NewDraft();
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        if (await Drafts.Find<KeptSecret>(_form) is not { } kept)
            return;
        _draft.Restore(kept);
        _isRestored = true;
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        // Stored, or on the way: the address has no say any more.
        if (_stored is not null || IsBusy || _isOver)
            return;
        if (KindOf(AskedKind) is { } kind && kind != OneOf(_draft.Value.Kind))
            _draft.Value.SwitchTo(kind);
        _isReady = true;
        var asked = Array.Find(s_steps, step => SlugOf(step) == AskedStep);
        var open = s_steps.TakeWhile(step => step < asked).Cast<CreateStep?>().FirstOrDefault(step => FaultsOf(step!.Value).Count > 0) ?? asked;
        if (open != asked)
            Navigation.NavigateTo(AddressOf(open), replace: true);
        if (open != _step)
            Fault = null;
        _isMoved = open != _step;
        _step = open;
        _reached = open > _reached ? open : _reached;
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_isMoved || firstRender)
            return;
        _isMoved = false;
        try
        {
            await _heading.FocusAsync();
        }
        catch (JSException)
        {
            // Another step came in between; that one has the focus.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _draft.Forget();
        base.Dispose(disposing);
    }

    private SecretDraft NewDraft() => new() { Replicas = [.. Session.Regions.Where(region => region != Session.Region).Select(static region => new DraftReplica(region))] };

    // Once it is stored there is nothing to lose.
    private KeptSecret? Kept() => _stored is not null || _isOver ? null : IsKindAlone ? NewDraft().Keep() : _draft.Keep();

    // A kind that was chosen, with what comes along with it, is nothing to lose: the address has it.
    private bool IsKindAlone
    {
        get
        {
            var fresh = NewDraft();
            fresh.Value.SwitchTo(_draft.Value.Kind);
            return Drafts.Write(fresh.Keep() with { Engine = "" }) == Drafts.Write(_draft.Keep() with { Engine = "" });
        }
    }

    private void BeginAnew()
    {
        (_draft, _reached, _faulty) = (NewDraft(), CreateStep.Kind, null);
        Navigation.NavigateTo(AddressOf(CreateStep.Kind), replace: true);
    }

    private IReadOnlyDictionary<string, string> FaultsOf(CreateStep step)
    {
        var faults = _draft.Faults(step);
        return step == CreateStep.Name && _takenName == _draft.Name && !faults.ContainsKey("name")
            ? new Dictionary<string, string>(faults, StringComparer.Ordinal) { ["name"] = CreateText.NameTaken }
            : faults;
    }

    // A part of the page renders itself alone when something is typed into it; faults are told by the page, once the field is left.
    private static void Touched()
    {
    }

    private void KindChanged() => Navigation.NavigateTo(AddressOf(_step), replace: true);

    private async Task Next()
    {
        if (IsBusy || _isOver)
            return;
        _faulty = _step;
        if (FaultsOf(_step).Count > 0)
            return;
        if (_step == CreateStep.Review)
        {
            await Store();
            return;
        }

        Navigation.NavigateTo(AddressOf(_step + 1));
    }

    private async Task Store()
    {
        Secret? stored = null;
        var isDone = await Act(async call =>
        {
            stored = (await Writer.Create(call, Request(), Leaving)).Secret;
            if (_draft.Rotates)
                await Rotation.Rotate(call with { RequestId = Session.NewId() }, RotationRequest(stored), Leaving);
        });
        if (isDone)
            Open(stored!.Name);
        else if (stored is not null)
            (_stored, _isMoved) = (WithoutValue(stored), true);
        else if (FaultKind == PortalError.ResourceExists)
            BackToName();
    }

    /// <summary>The rotation alone, after the secret was stored without it.</summary>
    private async Task RotateAgain()
    {
        if (await Act(call => Rotation.Rotate(call, RotationRequest(_stored!), Leaving)))
            Open(_stored!.Name);
    }

    // What is stored needs its value here no more.
    private Secret WithoutValue(Secret stored)
    {
        _draft.Forget();
        return stored;
    }

    private void BackToName()
    {
        (_takenName, _faulty) = (_draft.Name, CreateStep.Name);
        Navigation.NavigateTo(AddressOf(CreateStep.Name));
    }

    private void Open(string name)
    {
        // The page stands for a moment longer, and a click that comes then does nothing.
        _isOver = true;
        _draft.Forget();
        Navigation.NavigateTo(Session.Here(PortalRoutes.Secret(name)));
    }

    private CreateSecretRequest Request() => new()
    {
        Name = _draft.Name,
        ClientRequestToken = _token,
        Description = _draft.Description.Length > 0 ? _draft.Description : null,
        KmsKeyId = _draft.KmsKeyId.Length > 0 ? _draft.KmsKeyId : null,
        Value = _draft.Value.ToValue(),
        Tags = _draft.ToTags(),
        ReplicaRegions = [.. _draft.ChosenReplicas.Select(static replica => new ReplicaRegion(replica.Region, replica.KmsKeyId.Length > 0 ? replica.KmsKeyId : null))],
        OverwritesReplicas = _draft.OverwritesReplicas,
    };

    private RotateSecretRequest RotationRequest(Secret stored) => new()
    {
        SecretId = stored.Arn.ToString(),
        ClientRequestToken = _rotationToken,
        RotationLambdaArn = _draft.RotationFunction,
        Schedule = _draft.Schedule.ToSchedule(),
        ExternalMetadata = _draft is { RotatesBy: RotationBy.Generator, GeneratedField.Length: > 0 } ? [new ExternalRotationItem("field", _draft.GeneratedField)] : null,
        RotateImmediately = _draft.RotatesNow,
    };

    private string AddressOf(CreateStep step) => Session.Here(PortalRoutes.NewSecretAt(SlugOf(_draft.Value.Kind), SlugOf(step)));

    private static string NameOf(CreateStep step) => step switch
    {
        CreateStep.Kind => CreateText.StepKind,
        CreateStep.Value => CreateText.StepValue,
        CreateStep.Name => CreateText.StepName,
        CreateStep.Rotation => CreateText.StepRotation,
        _ => CreateText.StepReview,
    };

    private static string SlugOf(CreateStep step) => step switch
    {
        CreateStep.Kind => "kind",
        CreateStep.Value => "value",
        CreateStep.Name => "name",
        CreateStep.Rotation => "rotation",
        _ => "review",
    };

    private static string SlugOf(SecretKind kind) => kind switch
    {
        SecretKind.RdsDatabase => "database",
        SecretKind.DocumentDb => "documentdb",
        SecretKind.Redshift => "redshift",
        SecretKind.OtherDatabase => "other-database",
        _ => "other",
    };

    // Rows and text are two forms of one kind.
    private static SecretKind OneOf(SecretKind kind) => kind == SecretKind.Text ? SecretKind.KeyValue : kind;

    private static SecretKind? KindOf(string? slug) => slug switch
    {
        "database" => SecretKind.RdsDatabase,
        "documentdb" => SecretKind.DocumentDb,
        "redshift" => SecretKind.Redshift,
        "other-database" => SecretKind.OtherDatabase,
        "other" => SecretKind.KeyValue,
        _ => null,
    };
}
