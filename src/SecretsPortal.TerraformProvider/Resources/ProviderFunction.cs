using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>A parameter of a function.</summary>
/// <param name="Name">For the documentation and error messages.</param>
/// <param name="Type">Its type.</param>
/// <param name="Description">Markdown.</param>
internal sealed record FunctionParameter(string Name, TfType Type, string Description);

/// <summary>Ends a function with a fault of one of its arguments.</summary>
/// <param name="argument">Which one, from 0.</param>
/// <param name="message">What is wrong and what to do.</param>
internal sealed class FunctionArgumentException(int argument, string message) : Exception(message)
{
    /// <summary>Which argument.</summary>
    public int Argument => argument;
}

/// <summary>
/// A function that configurations call as <c>provider::secretsportal::NAME(…)</c>: pure, without a portal, and given known arguments only.
/// </summary>
internal abstract class ProviderFunction
{
    /// <summary>What it is called.</summary>
    public abstract string Name { get; }

    /// <summary>What it gives, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>Markdown.</summary>
    public abstract string Description { get; }

    /// <summary>Its parameters in their order.</summary>
    public abstract IReadOnlyList<FunctionParameter> Parameters { get; }

    /// <summary>The type of what it gives.</summary>
    public abstract TfType ReturnType { get; }

    /// <summary>A configuration that calls it, for the documentation.</summary>
    public abstract string Example { get; }

    /// <summary>Computes it; <see cref="FunctionArgumentException"/> where an argument is wrong.</summary>
    public abstract TfValue Call(IReadOnlyList<TfValue> arguments);
}
