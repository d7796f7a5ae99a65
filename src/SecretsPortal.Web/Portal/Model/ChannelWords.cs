using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for what channels are told.</summary>
internal static class ChannelWords
{
    /// <summary>An event.</summary>
    public static string Of(RotationEvent told) => told switch
    {
        RotationEvent.Failed => NotificationsText.EventFailed,
        RotationEvent.Overdue => NotificationsText.EventOverdue,
        RotationEvent.OutOfSync => NotificationsText.EventOutOfSync,
        RotationEvent.Stalled => NotificationsText.EventStalled,
        _ => NotificationsText.EventRecovered,
    };
}
