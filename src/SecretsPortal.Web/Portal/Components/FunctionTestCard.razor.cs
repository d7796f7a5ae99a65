using System.Text.Json;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Gives a function an event with credentials that reach no secret, and shows what it answers and writes.</summary>
public sealed partial class FunctionTestCard : PortalPage
{
    private const string Own = "own";

    private string _event = Words.NameOf(RotationStep.TestSecret);
    private string _json = "{\n  \"hello\": \"there\"\n}";
    private string? _jsonFault;
    private string _tested = "";
    private FunctionTest? _result;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    /// <summary>The function.</summary>
    [Parameter, EditorRequired]
    public FunctionDetail Function { get; set; } = default!;

    private static string NameOf(string? name) => name == Own ? FunctionsText.TestOwn : name ?? "";

    private void Choose(string name) => (_event, _jsonFault) = (name, null);

    private async Task Test()
    {
        _jsonFault = null;
        JsonElement payload;
        try
        {
            payload = JsonSerializer.Deserialize<JsonElement>(_event == Own ? _json : EventOf(_event));
        }
        catch (JsonException fault)
        {
            _jsonFault = Words.Fill(FunctionsText.TestJsonFault, (fault.LineNumber ?? 0) + 1, (fault.BytePositionInLine ?? 0) + 1);
            return;
        }

        (_result, _tested) = (null, NameOf(_event));
        if (!await Act(async call => _result = await Functions.Test(call, Function.Name, payload, Leaving)) && Fault?.StartsWith("event ", StringComparison.Ordinal) == true)
            (_jsonFault, Fault) = (Fault, null);
    }

    // Of a secret that there is not: its name says so, and no credentials reach it.
    private string EventOf(string step) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["Step"] = step,
        ["SecretId"] = $"arn:aws:secretsmanager:{Session.Region}:{Session.AccountId}:secret:test-of-a-function-000000",
        ["ClientRequestToken"] = Session.NewId(),
        ["RotationToken"] = "",
    });
}
