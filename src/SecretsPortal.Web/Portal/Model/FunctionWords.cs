using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for rotation functions.</summary>
internal static class FunctionWords
{
    /// <summary>How a function is called.</summary>
    public static string Of(RotationFunctionKind kind) => kind switch
    {
        RotationFunctionKind.Process => FunctionsText.KindProcess,
        RotationFunctionKind.Endpoint => FunctionsText.KindEndpoint,
        _ => FunctionsText.KindWebhook,
    };

    /// <summary>What that is, for somebody who has to choose.</summary>
    public static string HintOf(RotationFunctionKind kind) => kind switch
    {
        RotationFunctionKind.Process => FunctionsText.HintProcess,
        RotationFunctionKind.Endpoint => FunctionsText.HintEndpoint,
        _ => FunctionsText.HintWebhook,
    };

    /// <summary>What runs a process.</summary>
    public static string Of(ProcessRuntime runtime) => runtime switch
    {
        ProcessRuntime.Python3 => FunctionsText.RuntimePython,
        ProcessRuntime.NodeJs => FunctionsText.RuntimeNode,
        _ => FunctionsText.RuntimeProgram,
    };
}
