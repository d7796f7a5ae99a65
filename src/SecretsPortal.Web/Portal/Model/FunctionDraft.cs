using System.Globalization;
using System.Text.Json.Serialization;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A rotation function while it is typed. Holds a secret half where one was typed; whoever owns the draft lets go of it once it is stored.</summary>
public sealed class FunctionDraft
{
    // The services' names of the fields, the longer ones first: what is wrong begins with one of them.
    private static readonly (string Service, Func<string> Label)[] s_fields =
    [
        ("process.folder", () => FunctionsText.Folder), ("process.handler", () => FunctionsText.Handler), ("process.command", () => FunctionsText.Command),
        ("process.variables", () => FunctionsText.Variables), ("process.memoryMiB", () => FunctionsText.Memory),
        ("endpoint.url", () => FunctionsText.EndpointUrl), ("endpoint.remoteName", () => FunctionsText.RemoteName), ("endpoint.region", () => FunctionsText.RemoteRegion),
        ("endpoint.accessKeyId", () => FunctionsText.AccessKeyId), ("endpoint.secretAccessKey", () => FunctionsText.SecretAccessKey), ("webhook.url", () => FunctionsText.WebhookUrl),
        ("allowedSecrets", () => FunctionsText.AllowedSecrets), ("timeoutSeconds", () => FunctionsText.Timeout), ("description", () => FunctionsText.Description), ("name", () => FunctionsText.Name),
    ];

    /// <summary>The name; fixed once it is there.</summary>
    public string Name { get; set; } = "";

    /// <summary>How it is called; fixed once it is there.</summary>
    public RotationFunctionKind Kind { get; set; }

    /// <summary>What it is there for.</summary>
    public string Description { get; set; } = "";

    /// <summary>Patterns of names, one a line.</summary>
    public string AllowedSecrets { get; set; } = "";

    /// <summary>Seconds, as typed.</summary>
    public string Timeout { get; set; } = "30";

    /// <summary>It is not called.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>Of a process.</summary>
    public ProcessRuntime Runtime { get; set; }

    /// <summary>Of a process: its folder.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Of a process: what is called in it.</summary>
    public string Handler { get; set; } = "";

    /// <summary>Of a program: its file and arguments, one a line.</summary>
    public string Command { get; set; } = "";

    /// <summary>Of a process: MiB, as typed.</summary>
    public string Memory { get; set; } = "256";

    /// <summary>Of a process: its environment.</summary>
    [JsonIgnore]
    public IList<DraftRow> Variables { get; private init; } = [];

    /// <summary>Of an endpoint or a webhook.</summary>
    public string Url { get; set; } = "";

    /// <summary>Of an endpoint: what it is called there.</summary>
    public string RemoteName { get; set; } = "";

    /// <summary>Of an endpoint: the region that requests are signed for.</summary>
    public string RemoteRegion { get; set; } = "";

    /// <summary>Of an endpoint: the access key.</summary>
    public string AccessKeyId { get; set; } = "";

    /// <summary>Of an endpoint: its secret half; empty in a change to keep what is there.</summary>
    [JsonIgnore]
    public string SecretAccessKey { get; set; } = "";

    /// <summary>What the draft was begun from; null for something new.</summary>
    public long? Revision { get; set; }

    /// <summary>The draft of a function that is there, without its secret half.</summary>
    public static FunctionDraft Of(FunctionDetail function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new FunctionDraft
        {
            Name = function.Name,
            Kind = function.Kind,
            Description = function.Description ?? "",
            AllowedSecrets = string.Join('\n', function.AllowedSecrets),
            Timeout = function.TimeoutSeconds.ToString(CultureInfo.InvariantCulture),
            IsDisabled = function.IsDisabled,
            Runtime = function.Process?.Runtime ?? default,
            Folder = function.Process?.Folder ?? "",
            Handler = function.Process?.Handler ?? "",
            Command = string.Join('\n', function.Process?.Command ?? []),
            Memory = (function.Process?.MemoryMiB ?? 256).ToString(CultureInfo.InvariantCulture),
            Variables = [.. (function.Process?.Variables ?? new Dictionary<string, string>()).Select(static v => new DraftRow { Name = v.Key, Value = v.Value })],
            Url = function.Endpoint?.Url ?? function.Webhook?.Url ?? "",
            RemoteName = function.Endpoint?.RemoteName ?? "",
            RemoteRegion = function.Endpoint?.Region ?? "",
            AccessKeyId = function.Endpoint?.AccessKeyId ?? "",
            Revision = function.Revision,
        };
    }

    /// <summary>What keeps the draft from being sent, by the service's name of the field.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Name.Trim().Length == 0)
            faults["name"] = FunctionsText.NameMissing;
        if (Number(Timeout) is null)
            faults["timeoutSeconds"] = FunctionsText.TimeoutFault;
        if (Kind == RotationFunctionKind.Process)
            CheckProcess(faults);
        else if (Url.Trim().Length == 0)
            faults[Kind == RotationFunctionKind.Endpoint ? "endpoint.url" : "webhook.url"] = FunctionsText.UrlMissing;
        if (Kind == RotationFunctionKind.Endpoint)
            CheckEndpoint(faults);
        return faults;
    }

    /// <summary>The field that a refusal of the services is about, and what it says with the form's word for it; null where it is about none.</summary>
    public static (string Field, string Text)? FieldOf(string? fault)
    {
        foreach (var (service, label) in s_fields)
        {
            if (fault is not null && fault.StartsWith(service, StringComparison.Ordinal) && fault.Length > service.Length && fault[service.Length] is ' ' or '[' or '.')
                return (service, $"{label()}{fault[service.Length..]}");
        }

        return null;
    }

    /// <summary>What the service takes, once there are no <see cref="Faults"/>.</summary>
    public FunctionSettings ToSettings() => new()
    {
        Description = Description.Trim(),
        Process = Kind != RotationFunctionKind.Process ? null : new ProcessSettings
        {
            Runtime = Runtime,
            Folder = Folder.Trim(),
            Handler = Text(Handler),
            Command = Runtime == ProcessRuntime.Program && Lines(Command) is { Count: > 0 } command ? command : null,
            // A name that is there twice is refused before this.
            Variables = Variables.Where(static row => row.Name.Length > 0).DistinctBy(static row => row.Name).ToDictionary(static row => row.Name, static row => row.Value, StringComparer.Ordinal),
            MemoryMiB = Number(Memory),
        },
        Endpoint = Kind != RotationFunctionKind.Endpoint ? null : new EndpointSettings
        {
            Url = Url.Trim(),
            RemoteName = Text(RemoteName),
            Region = RemoteRegion.Trim(),
            AccessKeyId = AccessKeyId.Trim(),
            SecretAccessKey = SecretAccessKey.Length == 0 ? null : new SecretText(SecretAccessKey),
        },
        Webhook = Kind != RotationFunctionKind.Webhook ? null : new WebhookSettings(Url.Trim()),
        TimeoutSeconds = Number(Timeout),
        AllowedSecrets = Lines(AllowedSecrets),
        IsDisabled = IsDisabled,
        Revision = Revision,
    };

    /// <summary>What a browser's tab may keep of it.</summary>
    public KeptFunction Keep(FunctionDraft? seen) => new(this, [.. Variables.Select(static row => row.Name)], seen);

    /// <summary>Goes on from what a browser's tab has kept; the values of variables are those that are stored, and empty where none is.</summary>
    public static FunctionDraft Restored(KeptFunction kept, FunctionDraft? stored)
    {
        ArgumentNullException.ThrowIfNull(kept);
        return kept.Draft.With(kept.Variables.Select(name => new DraftRow { Name = name, Value = stored?.Variables.FirstOrDefault(row => row.Name == name)?.Value ?? "" }));
    }

    /// <summary>The same with the variables that are stored now, of which a browser's tab has kept nothing.</summary>
    public FunctionDraft WithVariablesOf(FunctionDraft stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return With(stored.Variables);
    }

    /// <summary>True where something is typed that a browser's tab may not keep.</summary>
    public bool HoldsSecret(FunctionDraft? seen) => SecretAccessKey.Length > 0
        || Variables.Any(row => row.Value.Length > 0 && seen?.Variables.FirstOrDefault(old => old.Name == row.Name)?.Value != row.Value);

    private FunctionDraft With(IEnumerable<DraftRow> variables) => new()
    {
        Name = Name,
        Kind = Kind,
        Description = Description,
        AllowedSecrets = AllowedSecrets,
        Timeout = Timeout,
        IsDisabled = IsDisabled,
        Runtime = Runtime,
        Folder = Folder,
        Handler = Handler,
        Command = Command,
        Memory = Memory,
        Variables = [.. variables.Select(static row => new DraftRow { Name = row.Name, Value = row.Value })],
        Url = Url,
        RemoteName = RemoteName,
        RemoteRegion = RemoteRegion,
        AccessKeyId = AccessKeyId,
        SecretAccessKey = SecretAccessKey,
        Revision = Revision,
    };

    /// <summary>What is set otherwise here than in what a form was begun from; of variables their names alone.</summary>
    public IReadOnlyList<StoredChange> ChangesSince(FunctionDraft seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return SecondEditor.Changes(
            (FunctionsText.Description, seen.Description, Description), (FunctionsText.Runtime, FunctionWords.Of(seen.Runtime), FunctionWords.Of(Runtime)), (FunctionsText.Folder, seen.Folder, Folder),
            (FunctionsText.Handler, seen.Handler, Handler), (FunctionsText.Command, seen.Command, Command), (FunctionsText.Memory, seen.Memory, Memory),
            (FunctionsText.Variables, Names(seen.Variables, seen.Variables), Names(Variables, seen.Variables)), (Kind == RotationFunctionKind.Webhook ? FunctionsText.WebhookUrl : FunctionsText.EndpointUrl, seen.Url, Url),
            (FunctionsText.RemoteName, seen.RemoteName, RemoteName), (FunctionsText.RemoteRegion, seen.RemoteRegion, RemoteRegion), (FunctionsText.AccessKeyId, seen.AccessKeyId, AccessKeyId),
            (FunctionsText.AllowedSecrets, seen.AllowedSecrets, AllowedSecrets), (FunctionsText.Timeout, seen.Timeout, Timeout), (FunctionsText.State, StateOf(seen), StateOf(this)));
    }

    /// <summary>What was typed upon <paramref name="seen"/>, upon <paramref name="theirs"/>: what was not touched is theirs.</summary>
    public FunctionDraft MergedWith(FunctionDraft seen, FunctionDraft theirs)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(theirs);
        string Text(Func<FunctionDraft, string> field) => SecondEditor.Merged(field(seen), field(this), field(theirs));
        return new FunctionDraft
        {
            Name = Name,
            Kind = Kind,
            Description = Text(static d => d.Description),
            AllowedSecrets = Text(static d => d.AllowedSecrets),
            Timeout = Text(static d => d.Timeout),
            IsDisabled = SecondEditor.Merged(seen.IsDisabled, IsDisabled, theirs.IsDisabled),
            Runtime = SecondEditor.Merged(seen.Runtime, Runtime, theirs.Runtime),
            Folder = Text(static d => d.Folder),
            Handler = Text(static d => d.Handler),
            Command = Text(static d => d.Command),
            Memory = Text(static d => d.Memory),
            Variables = TagRules.Merged([.. Variables], TagRules.Read(seen.Variables), TagRules.Read(theirs.Variables)),
            Url = Text(static d => d.Url),
            RemoteName = Text(static d => d.RemoteName),
            RemoteRegion = Text(static d => d.RemoteRegion),
            AccessKeyId = Text(static d => d.AccessKeyId),
            SecretAccessKey = SecretAccessKey,
            Revision = theirs.Revision,
        };
    }

    // One whose value is another one is marked, and its value not shown.
    private static string Names(IEnumerable<DraftRow> variables, IEnumerable<DraftRow> others) => string.Join(", ", variables.Select(row =>
        others.FirstOrDefault(other => other.Name == row.Name) is { } other && other.Value != row.Value ? Words.Fill(FunctionsText.VariableOther, row.Name) : row.Name));

    private static string StateOf(FunctionDraft draft) => draft.IsDisabled ? FunctionsText.Disabled : FunctionsText.Enabled;

    private void CheckProcess(Dictionary<string, string> faults)
    {
        if (Folder.Trim().Length == 0)
            faults["process.folder"] = FunctionsText.FolderMissing;
        if (Runtime != ProcessRuntime.Program && Handler.Trim().Length == 0)
            faults["process.handler"] = FunctionsText.HandlerMissing;
        if (Number(Memory) is null)
            faults["process.memoryMiB"] = FunctionsText.MemoryFault;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Variables.Count; i++)
        {
            if (Variables[i].Name.Length == 0 && Variables[i].Value.Length > 0)
                faults[$"variable{i}.name"] = FunctionsText.VariableUnnamed;
            else if (Variables[i].Name.Length > 0 && !seen.Add(Variables[i].Name))
                faults[$"variable{i}.name"] = FunctionsText.VariableTwice;
        }
    }

    private void CheckEndpoint(Dictionary<string, string> faults)
    {
        if (RemoteRegion.Trim().Length == 0)
            faults["endpoint.region"] = FunctionsText.RegionMissing;
        if (AccessKeyId.Trim().Length == 0)
            faults["endpoint.accessKeyId"] = FunctionsText.AccessKeyIdMissing;
        if (Revision is null && SecretAccessKey.Length == 0)
            faults["endpoint.secretAccessKey"] = FunctionsText.SecretAccessKeyMissing;
    }

    private static int? Number(string typed) => int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(string typed) => typed.Trim() is { Length: > 0 } text ? text : null;

    private static List<string> Lines(string typed) => [.. typed.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
