"""What the simulator is told by its environment."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.kit.settings import environment_of, secret_of
from libs.schemas.discom import Discom, DiscomFileError, load_all

Seconds = Annotated[float, Field(ge=0)]


class SimulatorSettings(BaseSettings):
    """Names are the environment's, in lower case. Neither Kafka nor PostgreSQL is needed."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["production", "demo", "test"] = "production"
    host: str = "127.0.0.1"
    port: int = 8080
    admin_port: int = 0
    admin_host: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    discoms_dir: Path = Path("deploy/discoms")
    simulator_dir: Path
    webhook_url: str = Field(pattern=r"^https?://")
    whatsapp_app_secret: str = Field(min_length=1)
    whatsapp_verify_token: str = Field(min_length=1)
    whatsapp_access_token: str = Field(min_length=1)
    simulator_status_seconds: tuple[Seconds, Seconds, Seconds] = (0.05, 0.1, 0.3)
    """When a send is sent, delivered and read, as JSON: `[0.05,0.1,0.3]`."""
    simulator_retry_seconds: float = Field(default=1.0, gt=0)
    """Before the second repetition of a webhook not answered 200; the first follows at once, each later one doubles."""
    simulator_retry_cap_seconds: float = Field(default=60.0, gt=0)

    @model_validator(mode="after")
    def _never_in_production(self) -> Self:
        if self.environment == "production":
            raise ValueError(
                "ENVIRONMENT is production, where nobody may write as anybody; the simulator runs with ENVIRONMENT=demo"
            )
        return self

    @property
    def app_secret(self) -> bytes:
        """The newest secret signs; older ones are only accepted, by the gateway."""
        return self.whatsapp_app_secret.split(",")[0].strip().encode()

    def access_token(self, code: str) -> str:
        """The token of one discom's number, or the common one."""
        return secret_of(code, "whatsapp_access_token") or self.whatsapp_access_token

    def discoms(self) -> dict[str, Discom]:
        """All discoms with what the environment says about them. Leaves the process on a bad file."""
        try:
            found = load_all(self.discoms_dir)
            return {
                code: Discom.model_validate(discom.model_dump() | environment_of(code))
                for code, discom in found.items()
            }
        except (DiscomFileError, ValueError) as error:
            raise SystemExit(str(error)) from None
