using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What a configuration says at one time: another <paramref name="Text"/> is an update, another <paramref name="Name"/> another resource.</summary>
internal sealed record LifeStage(string Name, string Text)
{
    /// <summary>Whether it is the text of the creation.</summary>
    public bool IsFirst => Text == "first";
}

/// <summary>One resource's row of the matrix that <see cref="LifeTests"/> walks: what is declared, and what Terraform has to plan and the portal to show at each step.</summary>
/// <param name="Resource">The type, whose instance <c>a</c> it is.</param>
internal sealed record Life(string Resource)
{
    /// <summary>What an update plans; null where nothing of the resource can be changed in place.</summary>
    public string? Update { get; init; } = "update";

    /// <summary>What a plan wants to do about <see cref="Meddle"/>.</summary>
    public string Drift { get; init; } = "update";

    /// <summary>What a plan does with an imported one: <c>import</c> where the state then says all that the configuration does, else an update in place.</summary>
    public string Import { get; init; } = "import";

    /// <summary>Looks at the portal after an apply.</summary>
    public required Func<PortalFixture, LifeStage, Task> Stands { get; init; }

    /// <summary>Changes it behind Terraform's back.</summary>
    public required Func<PortalFixture, LifeStage, JsonElement, Task> Meddle { get; init; }

    /// <summary>The id of an import, from the attributes.</summary>
    public required Func<JsonElement, string> ImportId { get; init; }

    /// <summary>Looks at the portal after the end.</summary>
    public required Func<PortalFixture, LifeStage, JsonElement, Task> IsGone { get; init; }

    /// <summary>Its address in the configuration.</summary>
    public string Address => $"{Resource}.a";
}
