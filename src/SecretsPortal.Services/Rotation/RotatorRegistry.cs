using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>The rotators there are, by function and by engine.</summary>
internal sealed class RotatorRegistry(IEnumerable<IRotator> rotators)
{
    /// <summary>The rotator that a function's bare name or ARN (<c>arn:aws:lambda:REGION:ACCOUNT:function:NAME</c>) means; null where there is none.</summary>
    public IRotator? Find(string function)
    {
        var name = function.Split(':') is ["arn", _, "lambda", _, _, "function", var last] ? last : function;
        return rotators.FirstOrDefault(r => r.FunctionNames.Contains(name, StringComparer.Ordinal));
    }

    /// <summary>The rotator of a secret: of its function, else of the engine that its current value names; null where there is none.</summary>
    public IRotator? Of(RotationSettings? settings, SecretValue? current)
    {
        if (settings?.FunctionArn is { } function)
            return Find(function);
        return current is null ? null : rotators.FirstOrDefault(r => r.Serves(current));
    }
}
